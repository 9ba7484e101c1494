import {LABEL, advance, customer, pay, stripe} from './world.mjs';

const upload = () =>
  stripe.files.create({
    purpose: 'dispute_evidence',
    file: {data: Buffer.from('%PDF-1.4'), name: 'receipt.pdf', type: 'application/pdf'},
  });
const link = async () => stripe.fileLinks.create({file: (await upload()).id});
const token = () =>
  stripe.tokens.create({card: {number: '4242424242424242', exp_month: '12', exp_year: '2034', cvc: '123'}});

// A customer and their bank account.
async function banked() {
  const one = await stripe.customers.create({source: 'btok_us'});
  return [one.id, one.default_source];
}

const review = async () => (await pay({payment_method: 'pm_card_riskLevelElevated'})).review;
const values = async () => (await stripe.radar.valueLists.create({alias: 'vips', name: 'VIPs'})).id;
const value = async () => stripe.radar.valueListItems.create({value_list: await values(), value: 'Ada'});
const {verificationSessions, verificationReports} = stripe.identity;
const verifying = () => verificationSessions.create({type: 'document'});

export const CALLS = {
  'files.create': upload,
  'files.retrieve': async () => stripe.files.retrieve((await upload()).id),
  'files.list': () => stripe.files.list(),
  'file_links.create': link,
  'file_links.retrieve': async () => stripe.fileLinks.retrieve((await link()).id),
  'file_links.update': async () => stripe.fileLinks.update((await link()).id, LABEL),
  'file_links.list': () => stripe.fileLinks.list(),
  'tokens.create': token,
  'tokens.retrieve': async () => stripe.tokens.retrieve((await token()).id),
  'customers.payment_sources.create': async () => stripe.customers.createSource(await customer(), {source: 'tok_visa'}),
  'customers.payment_sources.retrieve': async () => stripe.customers.retrieveSource(...(await banked())),
  'customers.payment_sources.update': async () => stripe.customers.updateSource(...(await banked()), LABEL),
  'customers.payment_sources.delete': async () => stripe.customers.deleteSource(...(await banked())),
  'customers.payment_sources.verify': async () =>
    stripe.customers.verifySource(...(await banked()), {amounts: [32, 45]}),
  'customers.payment_sources.list': async () => stripe.customers.listSources((await banked())[0]),
  'reviews.retrieve': async () => stripe.reviews.retrieve(await review()),
  'reviews.approve': async () => stripe.reviews.approve(await review()),
  'reviews.list': () => stripe.reviews.list(),
  'radar.value_lists.create': () => stripe.radar.valueLists.create({alias: 'vips', name: 'VIPs'}),
  'radar.value_lists.retrieve': async () => stripe.radar.valueLists.retrieve(await values()),
  'radar.value_lists.update': async () => stripe.radar.valueLists.update(await values(), {name: 'Very'}),
  'radar.value_lists.delete': async () => stripe.radar.valueLists.del(await values()),
  'radar.value_lists.list': () => stripe.radar.valueLists.list(),
  'radar.value_list_items.create': value,
  'radar.value_list_items.retrieve': async () => stripe.radar.valueListItems.retrieve((await value()).id),
  'radar.value_list_items.delete': async () => stripe.radar.valueListItems.del((await value()).id),
  'radar.value_list_items.list': async () => stripe.radar.valueListItems.list({value_list: await values()}),
  'identity.verification_sessions.create': verifying,
  'identity.verification_sessions.retrieve': async () => verificationSessions.retrieve((await verifying()).id),
  'identity.verification_sessions.update': async () => verificationSessions.update((await verifying()).id, LABEL),
  'identity.verification_sessions.cancel': async () => verificationSessions.cancel((await verifying()).id),
  'identity.verification_sessions.redact': async () => verificationSessions.redact((await verifying()).id),
  'identity.verification_sessions.list': () => verificationSessions.list(),
  'identity.verification_reports.retrieve': async () => {
    const {id, url} = await verifying();
    await fetch(url, {method: 'POST', body: new URLSearchParams({outcome: 'verified', result: 'verified'})});
    await advance('1h');
    return verificationReports.retrieve((await verificationSessions.retrieve(id)).last_verification_report);
  },
  'identity.verification_reports.list': () => verificationReports.list(),
};
