def lambda_handler(event, context):
    return {"type": "Buy", "price": event["stock_price"], "table": event["table"]}
