/** POST /files/ and /images/ (reference, 1.10): parts known from a third-party client, response invented. */
import { detail, invalid, type DrfErrors } from './drf.mts';
import type { Call } from './call.mts';
import type { StoredFile } from './store.mts';
import { formatDateTime } from './time.mts';

/** First bytes of the image formats Django's ImageField takes (it opens the file, so the name does not help). */
const IMAGE_STARTS = [
	Buffer.from([0x89, 0x50, 0x4e, 0x47]),
	Buffer.from([0xff, 0xd8, 0xff]),
	Buffer.from('GIF8'),
	Buffer.from('RIFF'),
	Buffer.from('BM'),
];

export async function upload(call: Call, kind: 'file' | 'image'): Promise<Record<string, unknown>> {
	const form = await readForm(call);
	const errors: Record<string, DrfErrors> = {};
	const part = form.get(kind);
	if (part === null) errors[kind] = ['No file was submitted.'];
	else if (typeof part === 'string') {
		errors[kind] = ['The submitted data was not a file. Check the encoding type on the form.'];
	} else if (part.size === 0) errors[kind] = ['The submitted file is empty.'];

	const { uploadRequires } = call.switches;
	const reference = (name: 'process' | 'process_instance', known: Map<number, unknown>): number | null => {
		const text = form.get(name);
		if (text === null || text === '') {
			if (uploadRequires === name || uploadRequires === 'both') errors[name] = ['This field is required.'];
			return null;
		}
		const id = Number(text);
		if (!Number.isInteger(id)) errors[name] = ['A valid integer is required.'];
		else if (!known.has(id)) errors[name] = [`Invalid pk "${id}" - object does not exist.`];
		return id;
	};
	const process = reference('process', call.store.workflows);
	const instance = reference('process_instance', call.store.instances);
	if (Object.keys(errors).length > 0 || part === null || typeof part === 'string') throw invalid(errors);

	const content = Buffer.from(await part.arrayBuffer());
	const { uploadMaxBytes } = call.switches;
	if (uploadMaxBytes > 0 && content.length > uploadMaxBytes) throw detail(413, 'Request entity too large.');
	if (kind === 'image' && !IMAGE_STARTS.some((bytes) => content.subarray(0, bytes.length).equals(bytes))) {
		throw invalid({
			image: ['Upload a valid image. The file you uploaded was either not an image or a corrupted image.'],
		});
	}
	return present(call, call.store.addFile({ kind, name: part.name, type: part.type, content, process, instance }));
}

async function readForm({ contentType, rawBody }: Call): Promise<FormData> {
	if (!/^multipart\/form-data\b/i.test(contentType)) {
		throw detail(415, `Unsupported media type "${contentType}" in request.`);
	}
	try {
		// Node's own multipart reader.
		return await new Response(new Uint8Array(rawBody), { headers: { 'content-type': contentType } }).formData();
	} catch {
		throw detail(400, 'Multipart form parse error - Invalid boundary in multipart: None');
	}
}

function present(call: Call, file: StoredFile): Record<string, unknown> {
	const key = call.switches.uploadUrlKey;
	const name = file.kind === 'image' ? { file_uri: 'image_uri', url: 'url', file: 'image' }[key] : key;
	return {
		id: file.id,
		[name]: `${call.origin}/media/${file.id}/${encodeURIComponent(file.name)}`,
		created_time: formatDateTime(file.created),
		process: file.process,
		process_instance: file.instance,
	};
}
