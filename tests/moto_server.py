"""moto_server with what the Terraform module needs and moto does not know.

Lambda's recursion configuration and the policy that says which queues a dead-letter queue serves are only kept and given back.
A redrive policy comes back without spaces, as AWS sends it. Takes moto_server's arguments; everything else is moto's own.
"""

import json
import sys
from functools import partial
from urllib.parse import unquote

from moto.awslambda import urls
from moto.awslambda.responses import LambdaResponse
from moto.server import main
from moto.sqs.models import Queue

PATH = r"{0}/2024-08-31/functions/(?P<function_name>[\w_:%-]+)/recursion-config$"

recursive_loops = {}


def recursion_config(response):
    # Account and region are part of what names a function.
    name = unquote(response.path.split("/")[3]).split(":")[-1]
    key = (response.current_account, response.region, name)
    response.backend.get_function(name)  # Fails as moto does when there is none.
    if response.method == "PUT":
        recursive_loops[key] = json.loads(response.body)["RecursiveLoop"]
    return json.dumps({"RecursiveLoop": recursive_loops.get(key, "Terminate")})


def attributes(original, queue):
    known = original(queue)
    if queue.redrive_policy:
        known["RedrivePolicy"] = json.dumps(queue.redrive_policy, separators=(",", ":"))
    return known


LambdaResponse.put_function_recursion_config = recursion_config
LambdaResponse.get_function_recursion_config = recursion_config
Queue.BASE_ATTRIBUTES.append("RedriveAllowPolicy")
Queue.redrive_allow_policy = None
Queue.attributes = property(partial(attributes, Queue.attributes.fget))
urls.url_paths[PATH] = LambdaResponse.dispatch

if __name__ == "__main__":
    main(sys.argv[1:])
