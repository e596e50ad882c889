import type { IBinaryData, IDataObject } from 'n8n-workflow';

import { InputError, ServiceError } from '../../../kernel/errors';
import type { Item } from '../../../kernel/operations';
import type { NextMatterClient } from '../../api/client';

/** The item's binary data. Throws `InputError` when there is none under that name. */
export function readBinary({ input }: Item, name: string): IBinaryData {
	const binary = input.binary?.[name];
	if (binary) return binary;
	const names = Object.keys(input.binary ?? {});
	throw new InputError(
		`The item has no binary field '${name}'`,
		names.length > 0
			? `It has: ${names.map((other) => `'${other}'`).join(', ')}.`
			: 'It has no files at all: check that the node before gives binary data.',
	);
}

/** The link to an uploaded file in an answer whose form is not documented. */
export function fileUrl(answer: IDataObject): string | undefined {
	const keys = ['file_uri', 'image_uri', 'url', 'uri', 'file', 'image', 'link'];
	const found = keys.map((key) => answer[key]).find((value) => typeof value === 'string' && /^https?:\/\//.test(value));
	return found as string | undefined;
}

/** Uploads one file of the item; gives the service's answer. */
export async function sendBinary(
	client: NextMatterClient,
	item: Item,
	kind: 'file' | 'image',
	name: string,
	about: { process?: number; process_instance?: number },
): Promise<IDataObject> {
	const { fileName, mimeType } = readBinary(item, name);
	const data = await item.context.helpers.getBinaryDataBuffer(item.index, name);
	return await client.upload(kind, { data, fileName: fileName ?? name, mimeType }, about);
}

/** The failure of an upload on the way to a step: in its own words, so that it is not taken for one of the step. */
function uploadFailed(name: string, { failure, status, description }: ServiceError): ServiceError {
	const isMissing = status === 404 || status === 405;
	return new ServiceError(
		`The file '${name}' was not uploaded${status === undefined ? '' : ` (${status})`}, so the step was left as it was`,
		{ ...failure, status: undefined, unclear: false },
		isMissing
			? "Next Matter does not offer uploads here: they are not in the public reference. Give the URL of a file that is on the web in 'URLs' instead."
			: description || "See below what it refuses, or give the URL of a file that is on the web in 'URLs' instead.",
	);
}

/** Uploads one file of the item for a step; gives its URL. */
export async function uploadBinary(
	client: NextMatterClient,
	item: Item,
	kind: 'file' | 'image',
	name: string,
	about: { process?: number; process_instance?: number },
): Promise<string> {
	let answer: IDataObject;
	try {
		answer = await sendBinary(client, item, kind, name, about);
	} catch (error) {
		const isAboutFile = error instanceof ServiceError && error.failure.kind === 'refused';
		const isOther = !isAboutFile || [401, 403, 429].includes(error.status ?? 0);
		throw isOther ? (error as Error) : uploadFailed(name, error);
	}
	const url = fileUrl(answer);
	if (url !== undefined) return url;
	throw new ServiceError(
		`The file '${name}' was uploaded, but the answer has no link to it`,
		{ kind: 'notReadable', words: '', fields: [], unclear: false },
		"Upload it with the operation 'Upload' and look at its output, or give a URL.",
	);
}
