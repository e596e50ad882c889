import { createHash } from 'crypto';
import type { IDataObject } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';

import type { RequestContext, Send } from '../../kernel/request';
import { bareApiKey } from '../../../credentials/NextMatterApi.credentials';
import { createRequester } from '../../kernel/request';

export const CREDENTIAL = 'nextMatterApi';

/** The service ends a request itself after 60 seconds: its answer shall come first. */
export const DEFAULT_TIMEOUT_MS = 70_000;

export interface Connection {
	send: Send;
	/** Without a slash at its end, such as `https://core.nextmatter.com/api`. */
	baseUrl: string;
	/** A hash of address and key: tells accounts apart where nothing secret may be kept. */
	account: string;
	/** Ends when the user stops the execution. */
	signal?: AbortSignal;
}

/** The base URL as users paste it, without blanks and slashes around it. Undefined when it is none. */
export function normalizeBaseUrl(value: unknown): string | undefined {
	const text = String(value ?? '').trim().replace(/\/+$/, '');
	return /^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/i.test(text) ? text : undefined;
}

/** Opens a connection with the node's credential. `options`: the user's, of which some may be missing. */
export async function openConnection(
	context: RequestContext,
	options: IDataObject = {},
	longestWait?: number,
): Promise<Connection> {
	const credentials = await context.getCredentials(CREDENTIAL);
	const baseUrl = normalizeBaseUrl(credentials.baseUrl);
	if (baseUrl === undefined) {
		throw new NodeOperationError(context.getNode(), "'Base URL' in the credential is not a web address", {
			description: 'It looks like https://core.nextmatter.com/api',
		});
	}
	const apiKey = bareApiKey(credentials.apiKey);
	const signal = 'getExecutionCancelSignal' in context ? context.getExecutionCancelSignal() : undefined;
	const send = createRequester(context, {
		credential: CREDENTIAL,
		secrets: [apiKey],
		timeout: Number(options.timeout ?? DEFAULT_TIMEOUT_MS),
		requestsPerMinute: Number(options.requestsPerMinute ?? 0),
		longestWait,
		signal,
	});
	const account = createHash('sha256').update(`${baseUrl} ${apiKey}`).digest('hex');
	return { send, baseUrl, account, signal };
}
