"""Serves localstripe at 127.0.0.1 only, at a port of the system's choice, and says where.

Its own program listens to the whole network and writes what it holds to a file in /tmp after each call. This one
also adds what Stripe has and localstripe lacks, as far as our calls would otherwise fail.
"""
import socket
import sys

import localstripe
from aiohttp import web
from localstripe import server
from localstripe.resources import PaymentIntent, Refund, Store

# Parameters of Stripe that localstripe refuses because it does not know them.
UNKNOWN = {PaymentIntent: {"description", "automatic_payment_methods"}, Refund: {"reason"}}


def take_without(resource, names) -> None:
    create = resource._api_create
    resource._api_create = lambda **data: create(**{name: data[name] for name in data if name not in names})


def amount_received(intent) -> int:
    return intent.amount if intent.status == "succeeded" else 0


def main() -> None:
    if sys.argv[1:] == ["--version"]:
        print(localstripe.__version__)
        return
    for resource, names in UNKNOWN.items():
        take_without(resource, names)
    PaymentIntent.amount_received = property(amount_received)
    Store.dump_to_disk = lambda store: None
    listening = socket.create_server(("127.0.0.1", 0))
    print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
    web.run_app(server.app, sock=listening, print=None, access_log=None)


if __name__ == "__main__":
    main()
