def lambda_handler(event, context):
    return {"type": "Sell", "price": event["stock_price"], "table": event["table"]}
