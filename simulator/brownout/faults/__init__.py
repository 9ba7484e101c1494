"""What goes wrong: one file a fault, one line each in `FAULTS`. See docs/adding-a-fault.md."""

from brownout.core.fault import Fault
from brownout.faults.abort import Abort
from brownout.faults.certificate import Certificate
from brownout.faults.clock import Clock
from brownout.faults.connect import Connect
from brownout.faults.consent import Consent
from brownout.faults.credential import Credential
from brownout.faults.cut import Cut
from brownout.faults.deprecation import Deprecation
from brownout.faults.drift import Drift
from brownout.faults.gateway import Gateway
from brownout.faults.keepalive import Keepalive
from brownout.faults.latency import Latency
from brownout.faults.malformed import Malformed
from brownout.faults.mislabel import Mislabel
from brownout.faults.outage import Outage
from brownout.faults.refresh import Refresh
from brownout.faults.scope import Scope
from brownout.faults.token import Token
from brownout.faults.trickle import Trickle
from brownout.faults.version import Version
from brownout.faults.webhook_body import WebhookBody
from brownout.faults.webhook_burst import WebhookBurst
from brownout.faults.webhook_delay import WebhookDelay
from brownout.faults.webhook_drop import WebhookDrop
from brownout.faults.webhook_duplicate import WebhookDuplicate
from brownout.faults.webhook_early import WebhookEarly
from brownout.faults.webhook_reorder import WebhookReorder
from brownout.faults.webhook_signature import WebhookSignature
from brownout.faults.webhook_timeout import WebhookTimeout
from brownout.faults.webhook_version import WebhookVersion

FAULTS: dict[str, type[Fault]] = {
    "abort": Abort,
    "certificate": Certificate,
    "clock": Clock,
    "consent": Consent,
    "credential": Credential,
    "connect": Connect,
    "cut": Cut,
    "deprecation": Deprecation,
    "drift": Drift,
    "gateway": Gateway,
    "keepalive": Keepalive,
    "latency": Latency,
    "malformed": Malformed,
    "mislabel": Mislabel,
    "outage": Outage,
    "refresh": Refresh,
    "scope": Scope,
    "token": Token,
    "trickle": Trickle,
    "version": Version,
    "webhook_body": WebhookBody,
    "webhook_burst": WebhookBurst,
    "webhook_delay": WebhookDelay,
    "webhook_drop": WebhookDrop,
    "webhook_duplicate": WebhookDuplicate,
    "webhook_early": WebhookEarly,
    "webhook_reorder": WebhookReorder,
    "webhook_signature": WebhookSignature,
    "webhook_timeout": WebhookTimeout,
    "webhook_version": WebhookVersion,
}
