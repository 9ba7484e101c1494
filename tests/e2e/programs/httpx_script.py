"""A script without an SDK: httpx, ten calls at once; and a second client that reads nothing of the environment."""

import asyncio
import os

import httpx

KEY = os.environ["STRIPE_SECRET_KEY"]


async def main() -> None:
    async with httpx.AsyncClient(auth=(KEY, ""), timeout=30) as client:
        balances = await asyncio.gather(*(client.get("https://api.stripe.com/v1/balance") for _ in range(10)))
    async with httpx.AsyncClient(auth=(KEY, ""), timeout=30, trust_env=False) as aloof:
        made = await aloof.post("https://api.stripe.com/v1/customers", data={"email": "ada@example.com"})
    print({one.status_code for one in balances}, made.json()["email"])


asyncio.run(main())
