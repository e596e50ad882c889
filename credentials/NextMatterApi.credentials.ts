import type {
	IAuthenticate,
	ICredentialDataDecryptedObject,
	ICredentialType,
	IHttpRequestOptions,
	Icon,
	INodeProperties,
} from 'n8n-workflow';

/** The key alone: users paste it with the `Api-Key ` of the header, with quotes or with blanks. */
export function bareApiKey(value: unknown): string {
	return String(value ?? '')
		.replace(/^[\s"']*(?:Authorization\s*:\s*)?(?:Api-Key\b[\s:]*)?/i, '')
		.replace(/[\s"']+/g, '');
}

export class NextMatterApi implements ICredentialType {
	name = 'nextMatterApi';

	displayName = 'Next Matter API';

	icon: Icon = { light: 'file:../icons/nextmatter.svg', dark: 'file:../icons/nextmatter.dark.svg' };

	documentationUrl = 'https://help.nextmatter.com/docs/api-keys';

	properties: INodeProperties[] = [
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			description:
				'An admin creates it in Next Matter under Company > Next Matter API keys. Calls act with the rights of the user that the key is assigned to.',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			required: true,
			default: 'https://core.nextmatter.com/api',
			description: 'Address of the API. Change it only if Next Matter told you another one.',
		},
	];

	// A function, because the generic form evaluates an expression for every request.
	authenticate: IAuthenticate = async (
		credentials: ICredentialDataDecryptedObject,
		requestOptions: IHttpRequestOptions,
	): Promise<IHttpRequestOptions> => ({
		...requestOptions,
		headers: { ...requestOptions.headers, Authorization: `Api-Key ${bareApiKey(credentials.apiKey)}` },
	});

	httpRequestNode = {
		name: 'Next Matter',
		docsUrl: 'https://help.nextmatter.com/reference/getting-started',
		apiBaseUrl: 'https://core.nextmatter.com/api/',
	};
}
