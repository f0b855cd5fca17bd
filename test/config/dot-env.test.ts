import { describe, expect, it } from 'vitest'
import { parseDotEnv } from '../../src/config/dot-env.ts'

const read = (text: string) => Object.fromEntries(parseDotEnv(text).values)

describe('a .env file', () => {
  it.each([
    ['PORT=1', { PORT: '1' }],
    ['export PORT=1', { PORT: '1' }],
    ['  PORT = 1  ', { PORT: '1' }],
    ['PORT=1 # the port', { PORT: '1' }],
    ['PORT=', { PORT: '' }],
    ['PORT= # none', { PORT: '' }],
    ['A="x # y"', { A: 'x # y' }],
    ["A='x' # y", { A: 'x' }],
    ['A=x#y', { A: 'x#y' }],
    ['A=b=c', { A: 'b=c' }],
    ['\uFEFFA=1\r\nB=2\r\n', { A: '1', B: '2' }],
    ['# A=1\n\nB=2', { B: '2' }],
    ['A=1\nA=2', { A: '2' }],
  ])('%j', (text, values) => {
    expect(read(text)).toEqual(values)
    expect(parseDotEnv(text).problems).toEqual([])
  })

  it('tells the line of a mistake and nothing of its content', () => {
    expect(parseDotEnv('A=1\nsecret text\nB="secret').problems).toEqual([
      '.env line 2: allowed are NAME=VALUE, # comments and empty lines',
      '.env line 3: allowed are NAME=VALUE, # comments and empty lines',
    ])
  })
})
