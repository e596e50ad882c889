import { defineOperation } from '../../../kernel/operations';
import { property } from '../../../kernel/parameters';
import { InputError } from '../../../kernel/errors';
import { wholeNumberId } from '../../../kernel/values';
import type { NextMatterClient } from '../../api/client';
import { optionsWith } from '../parameters';
import { fileUrl, readBinary, sendBinary } from './binary';

const notInReference = property({
	displayName: 'This operation is not in the public reference of Next Matter. It may be missing or answer differently in your account.',
	name: 'uploadNotice',
	type: 'notice',
	default: '',
});

const kind = property({
	displayName: 'Kind',
	name: 'kind',
	type: 'options',
	options: [
		{ name: 'File', value: 'file', description: 'For form fields of the type File' },
		{ name: 'Image', value: 'image', description: 'For form fields of the type Image' },
	],
	default: 'file',
	description: 'What the upload is for',
});

const binaryPropertyName = property({
	displayName: 'Input Data Field Name',
	name: 'binaryPropertyName',
	type: 'string',
	required: true,
	default: 'data',
	placeholder: 'e.g. data',
	hint: 'The name of the input binary field containing the file to be uploaded',
	description: 'The name of the binary field of the item',
	typeOptions: { binaryDataProperty: true },
});

const ofInstance = property({
	displayName: 'Instance ID',
	name: 'instanceId',
	type: 'string',
	default: '',
	placeholder: 'e.g. 918273',
	description: 'The instance that the file belongs to, if Next Matter asks for it',
});

const ofWorkflow = property({
	displayName: 'Workflow ID',
	name: 'workflowId',
	type: 'string',
	default: '',
	placeholder: 'e.g. 4210',
	description: 'The workflow that the file belongs to, if Next Matter asks for it',
});

export const upload = defineOperation<NextMatterClient>()({
	value: 'upload',
	name: 'Upload',
	action: 'Upload file',
	description:
		'Upload a file or image whose URL can then be filled in in a form field. Needs a binary field of the item. Returns what Next Matter answers and the URL. Not in the public reference.',
	properties: [notInReference, binaryPropertyName, kind, optionsWith(ofInstance, ofWorkflow)],
	plan(values, item) {
		const name = values.binaryPropertyName.trim();
		if (name === '') throw new InputError("'Input Data Field Name' is empty", "It is usually 'data'.");
		readBinary(item, name);
		const { instanceId, workflowId } = values.options;
		const about = {
			process: workflowId ? wholeNumberId(workflowId, "'Workflow ID'") : undefined,
			process_instance: instanceId ? wholeNumberId(instanceId, "'Instance ID'") : undefined,
		};
		return {
			async run(client) {
				const answer = await sendBinary(client, item, values.kind, name, about);
				return { ...answer, url: fileUrl(answer) ?? null };
			},
		};
	},
	explain: ({ status }) =>
		status === 404 || status === 405
			? {
					message: `Next Matter does not offer the upload (${status})`,
					description: 'It is not in the public reference. Give the URL of a file that is on the web instead.',
				}
			: undefined,
});
