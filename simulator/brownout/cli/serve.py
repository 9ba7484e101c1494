"""`brownout serve`: the server, until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import shlex
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

from brownout import assembly
from brownout.cli import exports
from brownout.core.errors import UsageError, did_you_mean
from brownout.core.plan import Plan
from brownout.server.app import LOOPBACK, App
from brownout.server.ports import PortTakenError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brownout.core.registries import Registries

DEFAULT_PORT = 8700


@click.command()
@click.argument("scenario", required=False)
@click.option("--port", type=click.IntRange(0, 65535), default=DEFAULT_PORT, envvar="BROWNOUT_PORT", show_default=True,
              help="Port to listen on; 0 takes a free one and keeps it.")  # fmt: skip
@click.option("--host", default=LOOPBACK, envvar="BROWNOUT_HOST", show_default=True,
              help="Address to listen on. Anything but loopback needs --admin-token.")  # fmt: skip
@click.option("--listen", multiple=True, metavar="PROVIDER=PORT",
              help="A port of its own for a provider, for SDKs that can't take a path.")  # fmt: skip
@click.option("--seed", type=click.IntRange(-(2**63), 2**63 - 1), envvar="BROWNOUT_SEED", metavar="N",
              help="Seed of every draw, 64 bits (default: the scenario's).")  # fmt: skip
@click.option("--webhook", multiple=True, metavar="PROVIDER=URL", help="Deliver a provider's webhooks to this URL.")
@click.option("--allow-webhook-host", multiple=True, metavar="HOST", help="Deliver webhooks to this host too.")
@click.option("--admin-token", envvar="BROWNOUT_ADMIN_TOKEN", help="Token that the admin API asks for.")
@click.option("--strict-sandboxes", is_flag=True, help="Refuse sandbox names that nobody made with PUT.")
@click.option("--intercept", is_flag=True,
              help="Answer for the providers' real hosts; print the environment that leads there.")  # fmt: skip
@click.option("--tls", is_flag=False, flag_value="8443", metavar="[PORT]",
              help="Port that speaks TLS and finds the provider by host name (default: 8443).")  # fmt: skip
@click.option("--ca-dir", type=click.Path(path_type=Path, file_okay=False),
              help="Keep the certificate authority here, instead of making one for this run.")  # fmt: skip
@click.option("--allow-host", multiple=True, metavar="HOST[:PORT]",
              help="Let this host (*.DOMAIN: all of a domain) through interception.")  # fmt: skip
@click.option("--public-url", envvar="BROWNOUT_PUBLIC_URL", metavar="URL",
              help="Where links in answers lead (default: to where the request was sent).")  # fmt: skip
@click.option("--journal", type=click.Path(path_type=Path, dir_okay=False), metavar="F",
              help="Keep everything that happens in this file, as it happens; other sandboxes' beside it.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line when ready instead of the table.")
def command(**options: Any) -> int:
    """Serve the fake providers, under SCENARIO (a library name or a file) if one is given.

    Ctrl-C and SIGTERM end it within two seconds, also while requests wait or hang; the exit code is then 0.

    \b
    Examples:
      brownout serve
      brownout serve lost-answer --seed 7
      brownout serve --listen stripe=8701 --webhook stripe=http://127.0.0.1:3000/webhooks
      brownout serve --port 0 --json
      brownout serve lost-answer --intercept > environment & sleep 1; . ./environment
      brownout serve --tls 443 --ca-dir ./ca --host 0.0.0.0 --admin-token T
    """
    exports.checked(options)
    registries = assembly.registries()
    plan = _plan(registries, options)
    listeners = [_pair(text, registries, "--listen") for text in options["listen"]]
    ports = [(provider, _port(provider, port)) for provider, port in listeners]
    if options["host"] not in (LOOPBACK, "localhost", "::1") and not options["admin_token"]:
        raise UsageError(
            f"--host {options['host']} can be reached from elsewhere: give the admin API a token with --admin-token"
        )
    return asyncio.run(_serve(registries, plan, ports, options))


def _plan(registries: Registries, options: dict[str, Any]) -> Plan:
    plan = Plan()
    if options["scenario"]:
        from brownout import scenario

        plan = scenario.load_file(scenario.find(options["scenario"]), registries)
    if options["seed"] is not None:
        plan = replace(plan, seed=options["seed"])
    for text in options["webhook"]:
        name, url = _pair(text, registries, "--webhook")
        plan = _with_webhook(plan, registries, name, url)
    return plan


def _with_webhook(plan: Plan, registries: Registries, name: str, url: str) -> Plan:
    if not url.startswith(("http://", "https://")):
        raise UsageError(f"--webhook {name}={url}: a URL begins with http:// or https://")
    provider = registries.providers[name]
    known = plan.providers.get(name)
    try:
        made = provider.with_webhook(known if known is not None else provider.options_type(), url)
    except ValueError as problem:
        raise UsageError(f"--webhook {name}={url}: {problem}") from problem
    except NotImplementedError:
        raise UsageError(f"--webhook: {name} sends no webhooks") from None
    return replace(plan, providers={**plan.providers, name: made})


def _pair(text: str, registries: Registries, option: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not value:
        raise UsageError(f"{option} {text}: write PROVIDER=VALUE, such as stripe=8701")
    if name not in registries.providers:
        raise UsageError(f"{option}: {did_you_mean(name, registries.providers)}")
    return name, value


def _port(provider: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or int(text) > 65535:
        raise UsageError(f"--listen {provider}={text}: a port is a number from 0 to 65535")
    return int(text)


async def _serve(registries: Registries, plan: Plan, ports: list[tuple[str, int]], options: dict[str, Any]) -> int:
    app = App(
        registries,
        plan,
        host=options["host"],
        admin_token=options["admin_token"],
        strict_sandboxes=options["strict_sandboxes"],
        webhook_hosts=frozenset(options["allow_webhook_host"]),
        public_url=options["public_url"],
    )
    with contextlib.ExitStack() as stack:
        if options["journal"] is not None:
            stack.enter_context(_recorded(app, registries, options))
        return await _until_told(app, ports, options)


@contextlib.contextmanager
def _recorded(app: App, registries: Registries, options: dict[str, Any]) -> Iterator[None]:
    """Keep journals of the worlds of `app` on disk; after the block, which stops it, they are whole."""
    from brownout.server.tape import heads
    from brownout.server.tapes import Tapes

    parts = ["brownout serve", *([shlex.quote(options["scenario"])] if options["scenario"] else []), "--seed {seed}"]
    head = heads(registries, " ".join(parts))
    tapes = Tapes(options["journal"], head, lambda trouble: click.echo(f"brownout: {trouble}", err=True))
    try:
        app.worlds.watch(tapes.follow)
        yield
    finally:
        tapes.close()


async def _until_told(app: App, ports: list[tuple[str, int]], options: dict[str, Any]) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    wanted = [signal.SIGINT, signal.SIGTERM]
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # that would be nohup
        wanted.append(signal.SIGHUP)
    for number in wanted:
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C arrives as KeyboardInterrupt
            loop.add_signal_handler(number, stop.set)
    try:
        url = await _listen(app, options["port"])
        own = {provider: await _listen(app, port, provider) for provider, port in ports}
        if options["intercept"] or options["tls"] is not None:
            tls_port = exports.tls_port(options["tls"])
            await app.intercept(ca_dir=options["ca_dir"], allow=options["allow_host"], tls_port=tls_port)
        app.courier.watch(app.worlds.default)
        _spare_the_collector()
        click.echo(_announced(app, url, own, options))
        if sys.stdout is not None:  # closed by whoever started us
            sys.stdout.flush()
        await stop.wait()
    finally:
        await app.stop()
    return 0


def _spare_the_collector() -> None:
    """Let the cyclic garbage collector leave alone what lives as long as the server.

    A sandbox keeps hundreds of thousands of small objects and makes next to no cycles; walking them all every few
    hundred requests took a fifth of a request's CPU (benchmarks/throughput). Only for this process: in a test
    process the collector isn't ours to tune.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


async def _listen(app: App, port: int, provider: str | None = None) -> str:
    try:
        return await app.listen(port=port, provider=provider)
    except PortTakenError as problem:
        holder = _holder(port)
        who = f" It is held by {holder}." if holder else ""
        raise UsageError(f"{problem}.{who} Take another with --port, or any free one with --port 0") from problem


def _holder(port: int) -> str | None:
    """Return who listens on `port`, if the system's tools say so."""
    for tool in (
        ["lsof", "-nP", f"-iTCP:{port}", "-sTCP:LISTEN", "-Fcp"],
        ["ss", "-Hltnp", f"sport = :{port}"],
    ):
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            found = subprocess.run(tool, capture_output=True, text=True, timeout=2, check=False).stdout  # noqa: S603
            if tool[0] == "lsof":
                fields = {line[0]: line[1:] for line in found.splitlines() if line}
                if "p" in fields:
                    return f"process {fields['p']} ({fields.get('c', '?')})"
            elif 'users:(("' in found:
                name, _, rest = found.partition('users:(("')[2].partition('"')
                return f"process {rest.partition('pid=')[2].partition(',')[0]} ({name})"
    return _holder_in_proc(port)


def _holder_in_proc(port: int) -> str | None:
    """Return who listens on `port` by Linux's own tables."""
    proc = Path("/proc")
    with contextlib.suppress(OSError, ValueError, IndexError):
        rows = [line.split() for line in (proc / "net/tcp").read_text().splitlines()[1:]]
        inodes = {f"socket:[{row[9]}]" for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "0A"}
        for process in proc.glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if any(str(handle.readlink()) in inodes for handle in (process / "fd").iterdir()):
                    return f"process {process.name} ({(process / 'comm').read_text().strip()})"
    return None


def _announced(app: App, url: str, own: dict[str, str], options: dict[str, Any]) -> str:
    if options["as_json"]:
        return _ready(app, url, own)
    table = _table(app, url, own)
    if app.interception is None or not options["intercept"]:
        return table
    return exports.shell(table, app.interception)


def _ready(app: App, url: str, own: dict[str, str]) -> str:
    providers = {name: own.get(name, f"{url}/{name}") for name in app.worlds.registries.providers}
    return orjson.dumps(
        {
            "ready": True,
            "version": app.version,
            "instance": app.instance,
            "url": url,
            "admin": f"{url}/_brownout",
            "seed": app.worlds.plan.seed,
            "scenario": app.worlds.plan.title,
            "providers": providers,
            "webhook_secrets": _secrets(app),
            "pid": os.getpid(),
            **({} if app.interception is None else {"interception": exports.values(app, app.interception)}),
        }
    ).decode()


def _secrets(app: App) -> dict[str, str]:
    found = ((name, one.webhook_secret(app.worlds.default)) for name, one in app.worlds.registries.providers.items())
    return {name: secret for name, secret in found if secret}


def _table(app: App, url: str, own: dict[str, str]) -> str:
    plan = app.worlds.plan
    lines = [f"Brownout {app.version}: {plan.title}", ""]
    rows = [("admin", f"{url}/_brownout"), ("seed", str(plan.seed))]
    for name in app.worlds.registries.providers:
        rows.append((name, f"{url}/{name}"))
        if name in own:
            rows.append(("", f"{own[name]}   (a port of its own, for SDKs that can't take a path)"))
    if app.interception is not None:
        rows += exports.rows(app, app.interception)
    rows += [(f"{name} webhook secret", secret) for name, secret in _secrets(app).items()]
    width = max(len(label) for label, _ in rows)
    lines += [f"  {label:<{width}}  {value}" for label, value in rows]
    if plan.rules:
        lines += ["", f"  faults: {', '.join(rule.name for rule in plan.rules)}"]
    for name, provider in app.worlds.registries.providers.items():
        lines += ["", f"Point {provider.title}'s SDKs here:"]
        for one in provider.sdk_lines(own.get(name, f"{url}/{name}")):
            lines.append(f"  {one.sdk}")
            lines += [f"    {part}" for part in one.line.splitlines()]
    lines += ["", "A sandbox of its own for each test: put /~NAME before the path. Ctrl-C stops."]
    return "\n".join(lines)
