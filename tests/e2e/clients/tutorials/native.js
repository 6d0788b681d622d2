// The platform without an SDK: settings from `.env`, tokens in a file, a password login, then the account's extensions
// and a text message. As a reader of the tutorial would write it, with the modules of Node.js alone.
'use strict';

const fs = require('fs');
const http = require('http');
const https = require('https');

function settingsOf(file) {
  const lines = fs.readFileSync(file, 'utf8').split('\n').filter((line) => /^[A-Z_]+=/.test(line));
  return Object.fromEntries(lines.map((line) => {
    const [name, ...rest] = line.split('=');
    return [name, rest.join('=').replace(/^['"]|['"]$/g, '')];
  }));
}

const production = settingsOf('.env').ENVIRONMENT === 'production';
const settings = settingsOf(production ? '.env-production' : '.env-sandbox');
const tokenFile = production ? 'tokens_pd.txt' : 'tokens_sb.txt';

function send(method, path, headers, body) {
  const url = new URL(path, settings.RC_SERVER_URL);
  const transport = url.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const request = transport.request(url, { method, headers }, (response) => {
      let text = '';
      response.on('data', (chunk) => { text += chunk; });
      response.on('end', () => {
        if (response.statusCode === 200) resolve(JSON.parse(text));
        else reject(new Error(`${method} ${path} answered ${response.statusCode}: ${text}`));
      });
    });
    request.on('error', reject);
    // No Content-Length: the body goes in chunks.
    if (body) request.write(body);
    request.end();
  });
}

async function askForTokens(form) {
  const basic = Buffer.from(`${settings.RC_CLIENT_ID}:${settings.RC_CLIENT_SECRET}`).toString('base64');
  const tokens = await send('POST', '/restapi/oauth/token', {
    Authorization: `Basic ${basic}`,
    'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8',
  }, form);
  fs.writeFileSync(tokenFile, JSON.stringify({ tokens, timestamp: new Date().getTime() }));
  return tokens.access_token;
}

async function authenticate() {
  if (fs.existsSync(tokenFile)) {
    const { tokens, timestamp } = JSON.parse(fs.readFileSync(tokenFile, 'utf8'));
    const age = (new Date().getTime() - timestamp) / 1000;
    if (age < tokens.expires_in) return tokens.access_token;
    if (age < tokens.refresh_token_expires_in) {
      return askForTokens(`grant_type=refresh_token&refresh_token=${tokens.refresh_token}`);
    }
  }
  const username = encodeURIComponent(settings.RC_USERNAME);
  const password = encodeURIComponent(settings.RC_PASSWORD);
  return askForTokens(`grant_type=password&username=${username}&password=${password}`);
}

async function get(endpoint, params) {
  const token = await authenticate();
  const query = params ? `?${new URLSearchParams(params)}` : '';
  return send('GET', endpoint + query, { Accept: 'application/json', Authorization: `Bearer ${token}` });
}

async function post(endpoint, params) {
  const token = await authenticate();
  const headers = { 'Content-Type': 'application/json', Accept: 'application/json', Authorization: `Bearer ${token}` };
  return send('POST', endpoint, headers, JSON.stringify(params));
}

async function main() {
  const extensions = await get('/restapi/v1.0/account/~/extension', { perPage: 5 });
  console.log(JSON.stringify(extensions.records.map((extension) => extension.extensionNumber)));
  const message = await post('/restapi/v1.0/account/~/extension/~/sms', {
    from: { phoneNumber: settings.RC_USERNAME },
    to: [{ phoneNumber: process.argv[2] }],
    text: 'Hello from Node.js',
  });
  console.log(JSON.stringify({ id: message.id, direction: message.direction }));
}

main().catch((error) => { console.error(error.message); process.exitCode = 1; });
