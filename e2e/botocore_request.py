# Signs and sends one request with botocore, the core of the AWS SDK for Python: one JSON document in, one out.
# The interpreter of the system, because Debian's python3-botocore is installed for that one.
import json
import sys

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session

job = json.load(sys.stdin)
request = AWSRequest(
    method=job["method"],
    url=job["url"],
    headers=job["headers"],
    data=job["body"].encode(),
    params=job.get("params"),
)
credentials = Credentials(job["keyId"], job["secret"])
SigV4Auth(credentials, job["api"], job["environment"]).add_auth(request)
answer = URLLib3Session().send(request.prepare())
json.dump({"status": answer.status_code, "body": answer.content.decode()}, sys.stdout)
