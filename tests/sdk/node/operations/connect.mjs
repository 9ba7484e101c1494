import {LABEL, seller, stripe} from './world.mjs';

const BACK = {type: 'account_onboarding', refresh_url: 'https://s.example/r', return_url: 'https://s.example/b'};
const WANTED = {capabilities: {transfers: {requested: true}}};
const express = async () => (await stripe.accounts.create({type: 'express', ...WANTED})).id;
const person = async () => stripe.accounts.createPerson(await express(), {first_name: 'Ada'});
const bank = async () => stripe.accounts.createExternalAccount(await seller(), {external_account: 'btok_us'});

// Answer a page as whoever it is for would.
const answer = (url, result) => fetch(url, {method: 'POST', body: new URLSearchParams({result}), redirect: 'manual'});

// An Express account whose owner has told everything.
async function onboarded() {
  const account = await express();
  await answer((await stripe.accountLinks.create({account, ...BACK})).url, 'complete');
  return account;
}

// The code that an account's owner lets a platform in with.
async function code() {
  const page = await answer(new URL('/oauth/authorize?response_type=code&client_id=ca_shop', process.env.BROWNOUT_STRIPE_URL), 'approve');
  return (await page.text()).match(/code=([^<&"]+)/)[1];
}
const token = async () => stripe.oauth.token({grant_type: 'authorization_code', code: await code()});

export const CALLS = {
  'accounts.create': () => stripe.accounts.create({type: 'custom'}),
  'accounts.retrieve': async () => stripe.accounts.retrieve(await express()),
  'accounts.retrieve_current': () => stripe.accounts.retrieveCurrent(),
  'accounts.update': async () => stripe.accounts.update(await express(), {email: 'a@example.com'}),
  'accounts.delete': async () => stripe.accounts.del(await express()),
  'accounts.reject': async () => stripe.accounts.reject(await express(), {reason: 'other'}),
  'accounts.unreject': async () => stripe.accounts.unreject(await express()),
  'accounts.list': () => stripe.accounts.list(),
  'accounts.capabilities.retrieve': async () => stripe.accounts.retrieveCapability(await express(), 'transfers'),
  'accounts.capabilities.update': async () =>
    stripe.accounts.updateCapability(await express(), 'card_payments', {requested: true}),
  'accounts.capabilities.list': async () => stripe.accounts.listCapabilities(await express()),
  'accounts.persons.create': person,
  'accounts.persons.retrieve': async () => {
    const one = await person();
    return stripe.accounts.retrievePerson(one.account, one.id);
  },
  'accounts.persons.update': async () => {
    const one = await person();
    return stripe.accounts.updatePerson(one.account, one.id, {last_name: 'L'});
  },
  'accounts.persons.delete': async () => {
    const one = await person();
    return stripe.accounts.deletePerson(one.account, one.id);
  },
  'accounts.persons.list': async () => stripe.accounts.listPersons(await express()),
  'accounts.external_accounts.create': bank,
  'accounts.external_accounts.retrieve': async () => {
    const one = await bank();
    return stripe.accounts.retrieveExternalAccount(one.account, one.id);
  },
  'accounts.external_accounts.update': async () => {
    const one = await bank();
    return stripe.accounts.updateExternalAccount(one.account, one.id, LABEL);
  },
  'accounts.external_accounts.delete': async () => {
    const one = await bank();
    return stripe.accounts.deleteExternalAccount(one.account, one.id);
  },
  'accounts.external_accounts.list': async () => stripe.accounts.listExternalAccounts(await express()),
  'accounts.login_links.create': async () => stripe.accounts.createLoginLink(await onboarded()),
  'account_links.create': async () => stripe.accountLinks.create({account: await express(), ...BACK}),
  'account_sessions.create': async () =>
    stripe.accountSessions.create({account: await express(), components: {payouts: {enabled: true}}}),
  'oauth.token': token,
  'oauth.deauthorize': async () =>
    stripe.oauth.deauthorize({client_id: 'ca_shop', stripe_user_id: (await token()).stripe_user_id}),
};
