/**
 * Lint rules for what does not ship: tests, sandboxes, scripts, settings.
 *
 * `eslint.config.mjs` has to stay as n8n's strict mode wants it, and reads only `*.ts`.
 */
import { createRequire } from 'node:module';

// The copies that n8n's own lint uses, so that both kinds of code follow the same release.
const fromCli = createRequire(import.meta.resolve('@n8n/node-cli/eslint'));
const js = fromCli('@eslint/js');
const tseslint = fromCli('typescript-eslint');

export default tseslint.config(
	{ ignores: ['**/node_modules', '**/dist', '**/*.ts', 'coverage', '.cache'] },
	{ linterOptions: { reportUnusedDisableDirectives: 'error' } },
	js.configs.recommended,
	// Names that do not exist are tsc's to find: tsconfig.tools.json checks JavaScript, too.
	{ rules: { 'no-undef': 'off' } },
	{
		files: ['**/*.{mts,cts}'],
		extends: [tseslint.configs.recommended],
		rules: {
			// A leading underscore says that a parameter only takes its place.
			'@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
		},
	},
	{
		files: ['**/*.mts'],
		rules: {
			// Node takes out types, but an import that names only types stays for it to look for.
			'@typescript-eslint/consistent-type-imports': [
				'error',
				{ fixStyle: 'inline-type-imports', disallowTypeAnnotations: false },
			],
		},
	},
	// A test reads JSON of every shape.
	{ files: ['test/**'], rules: { '@typescript-eslint/no-explicit-any': 'off' } },
);
