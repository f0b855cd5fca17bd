/** The operator's page. */
import { render } from 'preact'
import { App } from './app.tsx'
import { loadSession } from './api.ts'
import './theme.ts'

const root = document.getElementById('page')
if (root) render(<App />, root)
void loadSession()
