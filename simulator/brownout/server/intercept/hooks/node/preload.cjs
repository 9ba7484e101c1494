// Leads a Node program's HTTPS requests to Brownout and lets it trust the answers; it runs inside that program, before it,
// as `brownout run --intercept` names it in NODE_OPTIONS. Node 18 and newer, whatever module system the program uses.
//
// Two things that no variable does. Node's own clients (https, fetch) and the SDKs on them don't read HTTPS_PROXY: they
// are led to the TLS port where they connect. Programs that bring their own roots trust our authority beside them.

'use strict';

const WEB = new Set(['443', '80']);
const HERE = new Set(['', 'localhost', '0.0.0.0', '::', '::1', '[::1]']);

function install(port, authority, allowed) {
  const net = require('node:net');
  const tls = require('node:tls');

  // Whether a connection to there is for us: the web's ports, of a host that is neither this one nor allowed.
  function led(host, to) {
    const name = String(host ?? '').toLowerCase().replace(/\.$/, '');
    if (!WEB.has(String(to)) || HERE.has(name) || name.startsWith('127.') || name.endsWith('.localhost')) return false;
    const labels = name.split('.');
    const domains = labels.slice(1).map((_, at) => `*.${labels.slice(at + 1).join('.')}`);
    return ![name, `${name}:${to}`, ...domains].some((one) => allowed.has(one));
  }

  // Every client ends here: https, fetch, undici, tls.connect. The name in the TLS handshake is another option.
  const connect = net.Socket.prototype.connect;
  net.Socket.prototype.connect = function (...args) {
    const given = Array.isArray(args[0]) ? args[0] : args; // an array comes from net.connect
    const positional = typeof given[0] !== 'object' || given[0] === null;
    const options = positional ? {port: given[0], host: typeof given[1] === 'string' ? given[1] : ''} : given[0];
    if (options.path || !led(options.host, options.port)) return connect.apply(this, args);
    const here = {...options, host: '127.0.0.1', port, family: undefined, localAddress: undefined, lookup: undefined};
    connect.call(this, here, given.find((one) => typeof one === 'function'));
    this._host = options.host; // what tls.connect verifies where it is given a socket and no name
    return this;
  };

  const createSecureContext = tls.createSecureContext;
  tls.createSecureContext = function (options, ...rest) {
    const ours = options?.ca ? {...options, ca: [options.ca, authority].flat()} : options;
    return createSecureContext.call(this, ours, ...rest);
  };
  require('node:module').syncBuiltinESMExports();
}

try {
  const {BROWNOUT_TLS_PORT: port, BROWNOUT_CA: file, BROWNOUT_ALLOWED_HOSTS: allowed = ''} = process.env;
  if (port && file) {
    install(Number(port), require('node:fs').readFileSync(file), new Set(allowed.toLowerCase().split(',')));
  }
} catch {
  // Without this the program is as it was; with an error it isn't.
}
