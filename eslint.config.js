import tseslint from 'typescript-eslint'

export default tseslint.config(
  { ignores: ['dist/', 'artefacts/', 'coverage/', 'node_modules/', 'state/data/', 'test/sockets/guard.mjs'] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['eslint.config.js', 'stryker.config.mjs'] }, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // A default that handles the rest on purpose is exhaustive; a switch without one must name every case.
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // `const { left, ...rest } = all` is how a field is left out.
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
    },
  },
  // `types: {} as …` is how XState is told its types.
  { files: ['machines/*.machine.ts'], rules: { '@typescript-eslint/no-unnecessary-type-assertion': 'off' } },
  { files: ['eslint.config.js', 'stryker.config.mjs'], ...tseslint.configs.disableTypeChecked },
)
