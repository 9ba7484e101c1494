"""Onfido without a socket, a clock or a thread: the engine transport by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import orjson

from brownout.core.plan import Plan
from brownout.testing import EngineTransport

if TYPE_CHECKING:
    from brownout.core.sandbox import Sandbox
    from brownout.providers.onfido import OnfidoOptions
    from brownout.testing import Sent

START = 1_767_225_600.0  # 2026-01-01T00:00:00Z
KEY = "api_sandbox.shop.secret"
NOBODY = "58a9c6d2-8661-4dbd-96dc-b9b9d344a7ce"
ADA = {"first_name": "Ada", "last_name": "Lovelace"}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
BOUNDARY = "b0undary"


def multipart(fields: dict[str, str], **files: tuple[str, bytes]) -> bytes:
    """Return a body of `multipart/form-data`; a file is (name, content)."""
    out = b""
    for name, value in fields.items():
        out += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
    for name, (file_name, content) in files.items():
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="{file_name}"'
        out += head.encode() + b"\r\nContent-Type: application/octet-stream\r\n\r\n" + content + b"\r\n"
    return out + f"--{BOUNDARY}--\r\n".encode()


class Answered:
    """An answer: status, headers and the parsed body."""

    def __init__(self, sent: Sent) -> None:
        self.status = sent.status
        self.headers = dict(sent.headers)
        self.raw = sent.body

    @property
    def body(self) -> Any:
        return orjson.loads(self.raw)

    @property
    def error(self) -> dict[str, Any]:
        return self.body["error"]  # type: ignore[no-any-return]


class World:
    """One sandbox with Onfido in it, and a wall clock that moves only when told."""

    def __init__(self, options: OnfidoOptions | None = None, plan: Plan | None = None) -> None:
        plan = plan or Plan(seed=7, providers={} if options is None else {"onfido": options})
        self.transport = EngineTransport(plan, wall=START)

    @property
    def box(self) -> Sandbox:
        """The sandbox itself."""
        return self.transport.world

    def send(
        self, method: str, path: str, body: Any = None, *, key: str | None = KEY, kind: str | None = None,
        headers: Any = None,
    ) -> Answered:  # fmt: skip
        given = {"Authorization": f"Token token={key}"} if key is not None else {}
        if body is not None:
            given["Content-Type"] = kind or "application/json"
        raw = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        return Answered(self.transport.send(method, f"/onfido{path}", headers=given | (headers or {}), body=raw))

    def get(self, path: str, **more: Any) -> Answered:
        return self.send("GET", f"/v3.6{path}", **more)

    def post(self, path: str, body: Any = None, **more: Any) -> Answered:
        return self.send("POST", f"/v3.6{path}", body, **more)

    def put(self, path: str, body: Any = None, **more: Any) -> Answered:
        return self.send("PUT", f"/v3.6{path}", body, **more)

    def delete(self, path: str, **more: Any) -> Answered:
        return self.send("DELETE", f"/v3.6{path}", **more)

    def upload(self, path: str, fields: dict[str, str], file: tuple[str, bytes] | None, **more: Any) -> Answered:
        """Send a form with a file in the part named `file`."""
        body = multipart(fields, **({} if file is None else {"file": file}))
        return self.post(path, body, kind=f"multipart/form-data; boundary={BOUNDARY}", **more)

    def token(self, client_id: str = "shop", secret: str = "any") -> Answered:  # noqa: S107 - any is accepted
        form = urlencode({"client_id": client_id, "client_secret": secret}).encode()
        return self.post("/oauth/token", form, key=None, kind="application/x-www-form-urlencoded")

    # ---------------------------------------------------------------- what most tests begin with
    def applicant(self, **fields: Any) -> str:
        return str(self.post("/applicants", {**ADA, **fields}).body["id"])

    def document(self, applicant_id: str, **fields: str) -> str:
        made = self.upload("/documents", {"applicant_id": applicant_id, "type": "passport", **fields}, ("p.png", PNG))
        return str(made.body["id"])

    def live_photo(self, applicant_id: str) -> str:
        return str(self.upload("/live_photos", {"applicant_id": applicant_id}, ("me.png", PNG)).body["id"])

    def ready(self, **fields: Any) -> str:
        """Return an applicant with a document and a live photo."""
        applicant_id = self.applicant(**fields)
        self.document(applicant_id)
        self.live_photo(applicant_id)
        return applicant_id

    def check(self, applicant_id: str, *names: str, **fields: Any) -> Any:
        body = {"applicant_id": applicant_id, "report_names": list(names) or ["document"], **fields}
        return self.post("/checks", body).body

    def reports(self, check_id: str) -> list[Any]:
        found: list[Any] = self.get(f"/reports?check_id={check_id}").body["reports"]
        return found

    def events(self) -> list[dict[str, Any]]:
        """Return the payload of every delivery so far, oldest first."""
        return [orjson.loads(one.event["body"])["payload"] for one in self.box.hooks]

    def state(self) -> bytes:
        """Return everything that a refused call must leave as it was."""
        tables: Any = self.box.store._tables  # type: ignore[attr-defined] # noqa: SLF001 - a test of everything must see everything
        rows = [
            [list(key), [dict(row) for row in table.oldest_first()]]
            for key, table in sorted(tables.items())
            if len(table) and not key[1].endswith(".tally")
        ]
        return orjson.dumps([rows, len(self.box.timers), len(list(self.box.hooks)), self.box.tokens.issued])
