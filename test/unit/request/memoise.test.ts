import { describe, expect, it } from 'vitest'
import { memoise } from '../../../src/request/memoise.js'

function counted(answer: (text: string) => string | null) {
  const asked: string[] = []
  const read = memoise((text) => {
    asked.push(text)
    return answer(text)
  })
  return { asked, read }
}

describe('what a pure function answered is remembered', () => {
  it('is worked out once for equal texts, also when the answer is null', () => {
    const { asked, read } = counted((text) => (text === 'nothing' ? null : text.toUpperCase()))
    for (let i = 0; i < 3; i++) {
      expect(read(Buffer.from('abc').toString())).toBe('ABC')
      expect(read('nothing')).toBeNull()
    }
    expect(asked).toEqual(['abc', 'nothing'])
  })

  it('keeps the 1,000 asked last', () => {
    const { asked, read } = counted((text) => text)
    for (let i = 0; i < 1000; i++) read(`${i}`)
    read('0')
    read('one more')
    expect(asked).toHaveLength(1001)
    read('0')
    expect(asked).toHaveLength(1001)
    read('1')
    expect(asked).toHaveLength(1002)
  })

  it('keeps no text longer than 2,048 units, so that nobody fills the memory with them', () => {
    const { asked, read } = counted((text) => text)
    for (const length of [2048, 2049]) {
      read('x'.repeat(length))
      read('x'.repeat(length))
    }
    expect(asked.map(({ length }) => length)).toEqual([2048, 2049, 2049])
  })

  it('remembers nothing of a call that threw', () => {
    let fails = true
    const read = memoise((text) => {
      if (fails) throw new Error('away')
      return text
    })
    expect(() => read('a')).toThrow('away')
    fails = false
    expect(read('a')).toBe('a')
  })
})
