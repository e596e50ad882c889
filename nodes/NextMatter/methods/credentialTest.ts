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
	body: unknown;
}

const isJsonObject = (body: unknown): boolean => {
	try {
		const data: unknown = typeof body === 'string' ? JSON.parse(body) : body;
		return data !== null && typeof data === 'object';
	} catch {
		return false;
	}
};

/** What an answer to the test says about the key. */
function judge({ statusCode, body }: Answer, baseUrl: string): INodeCredentialTestResult {
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
	// The instance 0 cannot exist: "not found" in JSON is what the API says once the key is accepted.
	if (isJsonObject(body) && (statusCode === 404 || statusCode === 200)) {
		return { status: 'OK', message: 'Next Matter accepts the API key' };
	}
	return { status: 'Error', message: `Something answers at ${baseUrl}, but it is not the API of Next Matter (${statusCode}). Check 'Base URL'.` };
}

/**
 * Tells a wrong key from a wrong address. The API has no call for "who am I", so the test asks for
 * an instance that cannot exist: access is checked before the look-up.
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
	try {
		const answer = (await request({
			method: 'GET',
			uri: `${base}/instances/0/`,
			headers: { Authorization: `Api-Key ${key}`, Accept: 'application/json' },
			timeout: TEST_TIMEOUT_MS,
			simple: false,
			followRedirect: false,
			resolveWithFullResponse: true,
		})) as Answer;
		return judge(answer, base);
	} catch (error) {
		const { code } = ((error as { cause?: unknown }).cause ?? error) as { code?: string };
		return { status: 'Error', message: `No answer from ${base}${code ? ` (${code})` : ''}. Check 'Base URL' and the network of n8n.` };
	}
}
