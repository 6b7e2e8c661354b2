// openid-client, a certified relying party, as an app that lets people log in at our issuer.
// Speaks with the test by lines: prints where to go, reads where that led back to.
import { createInterface } from 'node:readline/promises';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [folder, issuer] = process.argv.slice(2);
const found = createRequire(`${folder}/x.js`).resolve('openid-client');
const client = await import(pathToFileURL(found).href);
const lines = createInterface({ input: process.stdin });
const say = (what) => console.log(JSON.stringify(what));

const redirect_uri = 'http://127.0.0.1:50123/callback';
const config = await client.discovery(new URL(issuer), 'demo', undefined, client.None(), {
  execute: [client.allowInsecureRequests],
});
client.enableNonRepudiationChecks(config);
const pkceCodeVerifier = client.randomPKCECodeVerifier();
const expectedState = client.randomState();
const expectedNonce = client.randomNonce();
say({
  go: client.buildAuthorizationUrl(config, {
    redirect_uri,
    scope: 'openid profile email offline_access',
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
    nonce: expectedNonce,
    max_age: '600',
  }),
});
const iterator = lines[Symbol.asyncIterator]();
const back = (await iterator.next()).value;
const tokens = await client.authorizationCodeGrant(config, new URL(back), {
  pkceCodeVerifier, expectedState, expectedNonce, maxAge: 600, idTokenExpected: true,
});
const { sub } = tokens.claims();
const user = await client.fetchUserInfo(config, tokens.access_token, sub);
const renewed = await client.refreshTokenGrant(config, tokens.refresh_token);
await client.tokenRevocation(config, renewed.refresh_token);
let after = 'still good';
try {
  await client.refreshTokenGrant(config, renewed.refresh_token);
} catch (error) {
  after = error.error;
}
say({
  sub, name: user.name, renewed: renewed.access_token !== tokens.access_token, after,
  leave: client.buildEndSessionUrl(config, {
    id_token_hint: renewed.id_token, post_logout_redirect_uri: 'http://127.0.0.1:50123/',
  }),
});
lines.close();
