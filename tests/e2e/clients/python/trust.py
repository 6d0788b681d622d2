"""Calls by https: Python's own library trusts the emulator's authority by SSL_CERT_FILE, requests by REQUESTS_CA_BUNDLE.

RingCentral's SDK prepares its requests by itself, and so takes neither: it has to be told where requests' list is.
"""

import os
import sys
import urllib.request

import requests
from tour import platform_for, say

url = os.environ["RC_SERVER_URL"] + "/restapi/v1.0"


def sdk():
    requests.adapters.DEFAULT_CA_BUNDLE_PATH = os.environ["RC_CA_FILE"]
    platform = platform_for()
    platform.login(jwt=os.environ["RC_JWT"])
    return platform.get("/restapi/v1.0/account/~/extension/~").json_dict()["extensionNumber"]


WAYS = {
    "library": lambda: urllib.request.urlopen(url).status,
    "requests": lambda: requests.get(url).status_code,
    "sdk": sdk,
}

for way in sys.argv[1:]:
    try:
        say(way, answer=WAYS[way]())
    except Exception as error:
        say(way, error=str(error))
