"""The functions of the order workflow: the smallest that can succeed, fail, be retried and caught."""

import os


class WarehouseBusy(Exception):
    """The warehouse answers on the second attempt."""


class BelowCardMinimum(Exception):
    """The amount is too small for a card."""


def price_item(event, context):
    """{line, item: {sku, quantity, price}} -> {line, sku, amount}"""
    item = event["item"]
    return {"line": event["line"], "sku": item["sku"], "amount": item["quantity"] * item["price"]}


def reserve_stock(event, context):
    """{orderId, lines, attempt} -> {reservation}"""
    if event["attempt"] == 0:
        raise WarehouseBusy(f"Order {event['orderId']}: the warehouse is busy.")
    print(f"reserved {len(event['lines'])} line(s) for order {event['orderId']}")
    return {"reservation": f"R-{event['orderId']}"}


def charge_card(event, context):
    """{orderId, amounts} -> {paidBy, amount}"""
    amount = sum(event["amounts"])
    if amount < int(os.environ["CARD_MINIMUM"]):
        raise BelowCardMinimum(f"{amount} is less than {os.environ['CARD_MINIMUM']}.")
    return {"paidBy": "card", "amount": amount}
