"""The functions of the order workflow, and of others, which go on when the test says so: it makes files
that they look for in the folder that `GATES` names."""

import os
import pathlib
import time

GATES = pathlib.Path(os.environ["GATES"])


class WarehouseBusy(Exception):
    """The warehouse answers on the second attempt."""


class BelowCardMinimum(Exception):
    """The amount is too small for a card."""


class CarrierDown(Exception):
    """The carrier takes no parcels, until its gate is open."""


def price_item(event, context):
    """{line, item: {sku, quantity, price}} -> {line, sku, amount}, once somebody looks"""
    item = event["item"]
    while item["sku"] == "watched" and not (GATES / "prices").exists():
        time.sleep(0.01)
    return {"line": event["line"], "sku": item["sku"], "amount": item["quantity"] * item["price"]}


def reserve_stock(event, context):
    """{orderId, lines, attempt} -> {reservation}"""
    if event["attempt"] == 0:
        raise WarehouseBusy(f"Order {event['orderId']}: the warehouse is busy.")
    return {"reservation": f"R-{event['orderId']}"}


def charge_card(event, context):
    """{orderId, amounts} -> {paidBy, amount}"""
    amount = sum(event["amounts"])
    if amount < 20:
        raise BelowCardMinimum(f"{amount} is less than 20.")
    return {"paidBy": "card", "amount": amount}


def ship_parcel(event, context):
    """{parcel} -> {tracking}"""
    if not (GATES / event["gate"]).exists():
        raise CarrierDown(f"The carrier takes no parcels; {event['parcel']} is still here.")
    return {"tracking": f"T-{event['parcel']}"}


def ask_approval(event, context):
    """{taskToken, price}: somebody answers by hand"""
    return None
