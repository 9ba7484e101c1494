"""A script without an SDK: aiohttp, which reads no proxy from the environment unless told to."""

import asyncio
import os

import aiohttp

AUTH = aiohttp.BasicAuth(os.environ["STRIPE_SECRET_KEY"])


async def main() -> None:
    async with (
        aiohttp.ClientSession(auth=AUTH) as session,
        session.post("https://api.stripe.com/v1/customers", data={"email": "ada@example.com"}) as made,
    ):
        print(made.status, (await made.json())["email"])


asyncio.run(main())
