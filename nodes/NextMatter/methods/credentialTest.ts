import type {
	ICredentialsDecrypted,
	ICredentialTestFunctions,
	IDataObject,
	INodeCredentialTestResult,
} from 'n8n-workflow';

import { bareApiKey } from '../../../credentials/NextMatterApi.credentials';
import { normalizeBaseUrl } from '../api/connection';

const TEST_TIMEOUT_MS = 20_000;

interface Answer {
	statusCode: number;
}

const isRefusal = ({ statusCode }: Answer) => [400, 401, 403].includes(statusCode);

/** What an answer to the test says about the key. Undefined when the key seems to be accepted. */
function judge({ statusCode }: Answer, baseUrl: string): INodeCredentialTestResult | undefined {
	if (statusCode === 401 || statusCode === 403) {
		return { status: 'Error', message: `Next Matter is reached, but it does not accept the API key (${statusCode}). Check that it is complete, not expired and not revoked.` };
	}
	if (statusCode === 400) {
		return { status: 'Error', message: 'Next Matter is reached, but it does not understand the API key (400). Paste the key as it was shown when it was created.' };
	}
	if (statusCode === 429) {
		return { status: 'Error', message: 'Next Matter is reached, but its rate limit is used up (429). Test again in a minute.' };
	}
	if (statusCode >= 500) {
		return { status: 'Error', message: `Next Matter is reached, but it is out of order now (${statusCode}). Test again later.` };
	}
	return statusCode === 404 || statusCode === 200 ? undefined : otherSite(statusCode, baseUrl);
}

const otherSite = (statusCode: number, baseUrl: string): INodeCredentialTestResult => ({
	status: 'Error',
	message: `Something answers at ${baseUrl}, but it is not the API of Next Matter (${statusCode}). Check 'Base URL'.`,
});

/**
 * Tells a wrong key from a wrong address. The API has no call for "who am I", so the test asks for
 * an instance that cannot exist: access is checked before the look-up. That it is checked shows
 * when the same is asked without a key; another site would not find the page either way.
 */
export async function nextMatterApiTest(
	this: ICredentialTestFunctions,
	credential: ICredentialsDecrypted,
): Promise<INodeCredentialTestResult> {
	const { apiKey, baseUrl } = (credential.data ?? {}) as IDataObject;
	const key = bareApiKey(apiKey);
	const base = normalizeBaseUrl(baseUrl);
	if (key === '') return { status: 'Error', message: "'API Key' is empty" };
	if (base === undefined) {
		return { status: 'Error', message: "'Base URL' is not a web address. It looks like https://core.nextmatter.com/api" };
	}
	// n8n gives a credential test no other helper than this one.
	const { request } = this.helpers;
	const ask = async (headers: IDataObject) =>
		(await request({
			method: 'GET',
			uri: `${base}/instances/0/`,
			headers: { Accept: 'application/json', ...headers },
			timeout: TEST_TIMEOUT_MS,
			simple: false,
			followRedirect: false,
			resolveWithFullResponse: true,
		})) as Answer;
	try {
		const answer = await ask({ Authorization: `Api-Key ${key}` });
		const verdict = judge(answer, base);
		if (verdict) return verdict;
		return isRefusal(await ask({}))
			? { status: 'OK', message: 'Next Matter accepts the API key' }
			: otherSite(answer.statusCode, base);
	} catch (error) {
		const { code } = ((error as { cause?: unknown }).cause ?? error) as { code?: string };
		return { status: 'Error', message: `No answer from ${base}${code ? ` (${code})` : ''}. Check 'Base URL' and the network of n8n.` };
	}
}
