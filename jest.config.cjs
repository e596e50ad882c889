/**
 * Only tests go through jest's own module loader. What they import (n8n, the sandboxes, the built
 * nodes) is loaded by Node, in the same context: see test/engine/harness/jest/.
 *
 * @type {import('jest').Config}
 */
module.exports = {
	roots: ['<rootDir>/test'],
	testMatch: ['<rootDir>/test/{unit,engine}/**/*.test.cts'],
	moduleFileExtensions: ['js', 'cjs', 'mjs', 'ts', 'cts', 'mts', 'json', 'node'],
	globalSetup: '<rootDir>/test/engine/harness/jest/checkBuild.cjs',
	testEnvironment: '<rootDir>/test/engine/harness/jest/environment.cjs',
	transform: {
		'\\.cts$': [
			'@swc/jest',
			{
				swcrc: false,
				jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
				module: { type: 'commonjs' },
			},
		],
		'\\.(?:js|cjs|mjs|ts|mts)$': '<rootDir>/test/engine/harness/jest/outside.cjs',
	},
	// jest applies the transforms to its own runner and environment, too.
	transformIgnorePatterns: ['/node_modules/(?:@jest/|jest-)', '/harness/jest/', '/scripts/lib/packages'],
	cacheDirectory: '<rootDir>/.cache/jest',
	maxWorkers: 2,
	testTimeout: 15_000,
	// The environment counts, in the built files; nothing that jest itself loads is to be counted.
	coveragePathIgnorePatterns: ['.'],
	coverageDirectory: '<rootDir>/coverage',
	coverageReporters: ['text', 'lcovonly', 'json-summary'],
	coverageThreshold: { global: { lines: 95, branches: 90 } },
};
