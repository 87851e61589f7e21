"""DynamoDB's units of a request, by the sizes of its items.

Spec: Developer Guide, "DynamoDB item sizes and formats", "Read and write operations": a write is a
unit for each KB, a strongly consistent read for each 4 KB (half of that for an index), each index
that an item enters, leaves or changes in is a write of its own; a transaction counts twice.
"""

import base64
import math


def size_of(value):
    ((kind, content),) = value.items()
    if kind == "S":
        return len(content.encode())
    if kind == "N":
        return math.ceil(len(content.strip("-").replace(".", "")) / 2) + 1
    if kind == "B":
        return len(base64.b64decode(content))
    if kind in ("BOOL", "NULL"):
        return 1
    if kind in ("SS", "NS", "BS"):
        return sum(size_of({kind[0]: one}) for one in content)
    if kind == "L":
        return 3 + sum(1 + size_of(one) for one in content)
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + size_of(one) for name, one in content.items())
    raise ValueError(kind)


def item_size(item):
    return sum(len(name.encode()) + size_of(value) for name, value in item.items())


def kilobytes(size, each):
    return max(1, math.ceil(size / (each * 1024)))


INDEXES = ("listed_under", "started_in")


def put_units(item):
    entered = sum(name in item for name in INDEXES)
    return kilobytes(item_size(item), 1) + entered


def write_units(operation, asked, answer):
    if operation == "PutItem":
        # A condition that does not hold costs what the item there would.
        return put_units(asked["Item"])
    if operation == "UpdateItem":
        after = answer.get("Attributes", {})
        moved = 2 if "listed_under" in asked.get("ExpressionAttributeNames", {}).values() else 0
        return kilobytes(item_size(after), 1) + moved
    if operation == "DeleteItem":
        return 1
    if operation == "BatchWriteItem":
        writes = [write for table in asked["RequestItems"].values() for write in table]
        return sum(put_units(w["PutRequest"]["Item"]) if "PutRequest" in w else 1 for w in writes)
    if operation == "TransactWriteItems":
        return 2 * sum(put_units(w["Put"]["Item"]) if "Put" in w else 1
                       for w in asked["TransactItems"])
    return 0


def read_units(operation, asked, answer):
    if operation == "GetItem":
        return kilobytes(item_size(answer.get("Item", {})), 4)
    if operation == "BatchGetItem":
        items = [item for table in answer.get("Responses", {}).values() for item in table]
        keys = sum(len(table["Keys"]) for table in asked["RequestItems"].values())
        found = sum(kilobytes(item_size(item), 4) for item in items)
        return found + max(0, keys - len(items))
    if operation == "Query":
        size = sum(item_size(item) for item in answer.get("Items", []))
        return kilobytes(size, 4) * (0.5 if "IndexName" in asked else 1)
    return 0
