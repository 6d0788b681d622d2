// Forms with files, as each JavaScript client builds them: a picture and a fax; and several messages in one answer (207).
'use strict';
const FormData = require('form-data');
const RingCentral = require('@rc-ex/core').default;
const { SDK } = require('@ringcentral/sdk');
const { print } = require('./tour');

const extension = '/restapi/v1.0/account/~/extension/~';
const picture = Buffer.from('GIF89a a picture');

/** The attachment as it lies in the store. */
async function stored(platform, message) {
  const file = message.attachments.find((attachment) => attachment.type !== 'Text');
  const content = Buffer.from(await (await platform.get(file.uri)).arrayBuffer());
  return { type: message.type, kind: file.contentType, same: content.equals(picture), begins: content.toString('latin1', 0, 4) };
}

async function main() {
  const { RC_SERVER_URL, RC_CLIENT_ID, RC_CLIENT_SECRET, RC_JWT, RC_FROM, RC_TO } = process.env;
  const sdk = new SDK({ server: RC_SERVER_URL, clientId: RC_CLIENT_ID, clientSecret: RC_CLIENT_SECRET });
  const platform = sdk.platform();
  await platform.login({ jwt: RC_JWT });
  const body = { from: { phoneNumber: RC_FROM }, to: [{ phoneNumber: RC_TO }], text: 'look' };

  const form = (json, name) => {
    const data = new FormData();
    data.append('json', Buffer.from(JSON.stringify(json)), { filename: 'request.json', contentType: 'application/json' });
    data.append('attachment', picture, { filename: name, contentType: 'image/gif' });
    return data;
  };
  const post = async (path, data) => (await platform.post(`${extension}/${path}`, data, undefined, { headers: data.getHeaders() })).json();
  const sms = await post('sms', form(body, 'dot.gif'));
  print('sdk-picture', await stored(platform, sms));
  const fax = await post('fax', form({ to: body.to, faxResolution: 'High' }, 'page.gif'));
  print('sdk-fax', await stored(platform, fax));

  const rc = new RingCentral({ server: RC_SERVER_URL, clientId: RC_CLIENT_ID, clientSecret: RC_CLIENT_SECRET });
  rc.token = await platform.auth().data();
  const mine = rc.restapi().account().extension();
  const attachments = [{ filename: 'dot.gif', content: picture, contentType: 'image/gif' }];
  const mms = await mine.mms().post({ ...body, attachments });
  print('typed-picture', await stored(platform, mms));
  const typed = await mine.fax().post({ to: body.to, attachments });
  print('typed-fax', await stored(platform, typed));

  const several = await platform.get(`${extension}/message-store/${sms.id},1000000,${mms.id}`);
  const parts = await sdk.client().multipart(several);
  print('several', {
    status: several.status,
    statuses: parts.map((part) => part.status),
    bodies: await Promise.all(parts.map(async (part) => { const one = await part.json(); return one.id ?? one.errorCode; })),
    ids: [sms.id, mms.id],
  });
}

main().catch((error) => { console.error(error.stack, error.response?.data); process.exitCode = 1; });
