"""Signs ElastiCache IAM tokens with botocore: one JSON object per line in, one token per line out."""

import datetime
import json
import sys

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


def token(question):
    now = datetime.datetime.fromtimestamp(question["time"], datetime.timezone.utc)
    botocore.auth.get_current_datetime = lambda: now
    credentials = Credentials(question["access_key"], question["secret_key"], question["session_token"])
    url = "http://%s/?Action=connect&User=%s" % (question["cache"], question["user"])
    if question["serverless"]:
        url += "&ResourceType=ServerlessCache"
    request = AWSRequest(method="GET", url=url)
    botocore.auth.SigV4QueryAuth(credentials, "elasticache", question["region"], expires=900).add_auth(request)
    return request.url[len("http://"):]


for line in sys.stdin:
    print(token(json.loads(line)), flush=True)
