import { el } from './dom.js'

const LOCALE = 'pt-BR'
const DAY = 24 * 60 * 60 * 1000

const startOfDay = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate())
const daysAgo = (date) => Math.round((startOfDay(new Date()) - startOfDay(date)) / DAY)

export function clock(at) {
  return new Date(at * 1000).toLocaleTimeString(LOCALE, { hour: '2-digit', minute: '2-digit' })
}

/** "Hoje", "Ontem", a weekday in the last week, then the date. */
export function day(at) {
  const date = new Date(at * 1000)
  const ago = daysAgo(date)
  if (ago === 0) return 'Hoje'
  if (ago === 1) return 'Ontem'
  if (ago > 1 && ago < 7) return date.toLocaleDateString(LOCALE, { weekday: 'long' })
  return date.toLocaleDateString(LOCALE, { day: 'numeric', month: 'long', year: 'numeric' })
}

export function listTime(at) {
  const date = new Date(at * 1000)
  if (daysAgo(date) === 0) return clock(at)
  return daysAgo(date) < 7 ? day(at) : date.toLocaleDateString(LOCALE)
}

export function phoneNumber(digits) {
  const brazilian = /^55(\d{2})(\d{4,5})(\d{4})$/.exec(digits ?? '')
  if (brazilian) return `+55 ${brazilian[1]} ${brazilian[2]}-${brazilian[3]}`
  return digits ? `+${digits}` : 'número oculto'
}

export function duration(seconds) {
  const whole = Number.isFinite(seconds) ? Math.round(seconds) : 0
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}

const MARKS = [
  [/```([^`]+)```/, (text) => el('code', {}, text)],
  [/https?:\/\/[^\s<>"]+[^\s<>".,;:!?)]/, (url) => el('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, url)],
  [/(?<![\p{L}\p{N}*])\*(?!\s)([^*\n]+?)(?<!\s)\*(?![\p{L}\p{N}*])/u, (text) => el('b', {}, ...rich(text))],
  [/(?<![\p{L}\p{N}_])_(?!\s)([^_\n]+?)(?<!\s)_(?![\p{L}\p{N}_])/u, (text) => el('i', {}, ...rich(text))],
  [/(?<![\p{L}\p{N}~])~(?!\s)([^~\n]+?)(?<!\s)~(?![\p{L}\p{N}~])/u, (text) => el('s', {}, ...rich(text))],
]

/** WhatsApp's own marks (*bold*, _italic_, ~struck~, ```code```) and links, as nodes. */
export function rich(text) {
  let first = null
  for (const [pattern, make] of MARKS) {
    const match = pattern.exec(text)
    if (match && (!first || match.index < first.match.index)) first = { match, make }
  }
  if (!first) return text ? [text] : []
  const { match, make } = first
  const before = text.slice(0, match.index)
  const after = text.slice(match.index + match[0].length)
  return [...(before ? [before] : []), make(match[1] ?? match[0]), ...rich(after)]
}
