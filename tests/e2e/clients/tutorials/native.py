"""The platform without an SDK: settings from `.env`, tokens in a file, a password login, then the account's extensions
and a text message. As a reader of the tutorial would write it, with the standard library alone.
"""

import base64
import json
import os
import sys
import time
import urllib.parse
import urllib.request


def settings_of(file):
    found = {}
    with open(file) as lines:
        for line in lines:
            name, separator, value = line.strip().partition("=")
            if separator:
                found[name] = value.strip("'\"")
    return found


production = settings_of(".env").get("ENVIRONMENT") == "production"
settings = settings_of(".env-production" if production else ".env-sandbox")
token_file = "tokens_pd.txt" if production else "tokens_sb.txt"


def send(method, path, headers, body=None):
    url = settings["RC_SERVER_URL"] + path
    request = urllib.request.Request(url, data=body, headers=headers, method=method)
    with urllib.request.urlopen(request) as response:
        if response.status != 200:
            raise RuntimeError(f"{method} {path} answered {response.status}")
        return json.load(response)


def ask_for_tokens(form):
    credentials = f"{settings['RC_CLIENT_ID']}:{settings['RC_CLIENT_SECRET']}".encode()
    headers = {
        "Authorization": "Basic " + base64.b64encode(credentials).decode(),
        "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
    }
    tokens = send("POST", "/restapi/oauth/token", headers, form.encode())
    with open(token_file, "w") as file:
        json.dump({"tokens": tokens, "timestamp": time.time()}, file)
    return tokens["access_token"]


def authenticate():
    if os.path.exists(token_file):
        with open(token_file) as file:
            kept = json.load(file)
        tokens, age = kept["tokens"], time.time() - kept["timestamp"]
        if age < tokens["expires_in"]:
            return tokens["access_token"]
        if age < tokens["refresh_token_expires_in"]:
            return ask_for_tokens("grant_type=refresh_token&refresh_token=" + tokens["refresh_token"])
    username = urllib.parse.quote(settings["RC_USERNAME"], safe="")
    password = urllib.parse.quote(settings["RC_PASSWORD"], safe="")
    return ask_for_tokens(f"grant_type=password&username={username}&password={password}")


def get(endpoint, params=None):
    headers = {"Accept": "application/json", "Authorization": "Bearer " + authenticate()}
    query = "?" + urllib.parse.urlencode(params) if params else ""
    return send("GET", endpoint + query, headers)


def post(endpoint, params):
    headers = {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "Authorization": "Bearer " + authenticate(),
    }
    return send("POST", endpoint, headers, json.dumps(params).encode())


extensions = get("/restapi/v1.0/account/~/extension", {"perPage": 5})
print(json.dumps([extension["extensionNumber"] for extension in extensions["records"]]))
message = post(
    "/restapi/v1.0/account/~/extension/~/sms",
    {
        "from": {"phoneNumber": settings["RC_USERNAME"]},
        "to": [{"phoneNumber": sys.argv[1]}],
        "text": "Hello from Python",
    },
)
print(json.dumps({"id": message["id"], "direction": message["direction"]}))
