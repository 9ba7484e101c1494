"""Make the test keys that JWTs are signed with: run once, and again only if they should all change.

    python scripts/make_token_keys.py

They are published with the source, so nothing that they sign proves anything.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from joserfc.jwk import RSAKey

SERVER_KEYS = 4
TARGET = Path(__file__).parents[1] / "simulator" / "brownout" / "core" / "tokens" / "test_keys.json"


def made(kid: str) -> dict[str, Any]:
    """Return a new private key as a JWK."""
    key = RSAKey.generate_key(2048, {"kid": kid, "alg": "RS256", "use": "sig"})
    return dict(key.as_dict(private=True))


def main() -> None:
    """Write the file."""
    server = [made(f"brownout-test-{number}") for number in range(1, SERVER_KEYS + 1)]
    TARGET.write_text(json.dumps({"server": server, "client": made("brownout-client")}, indent=1) + "\n")


if __name__ == "__main__":
    main()
