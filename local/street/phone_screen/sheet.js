import { byId, el, icon } from './dom.js'

let close = null

/** A panel that rises from the bottom of the phone and keeps the focus until it is closed. */
export function openSheet(title, ...content) {
  closeSheet()
  const before = document.activeElement
  const screens = byId('screens')
  const panel = el(
    'div',
    { class: 'sheet', role: 'dialog', 'aria-modal': 'true', 'aria-label': title },
    el(
      'div',
      { class: 'sheet-head' },
      el('h3', {}, title),
      el('button', { type: 'button', class: 'round', 'aria-label': 'Fechar', onclick: () => closeSheet() }, icon('close')),
    ),
    ...content,
  )
  const backdrop = el('div', { class: 'backdrop', onclick: (event) => event.target === backdrop && closeSheet() }, panel)
  backdrop.addEventListener('keydown', (event) => keepFocus(event, panel))
  byId('sheets').append(backdrop)
  screens.inert = true
  close = () => {
    backdrop.remove()
    screens.inert = false
    if (before?.isConnected) before.focus()
  }
  focusable(panel)[1]?.focus()
}

export function closeSheet() {
  close?.()
  close = null
}

const focusable = (panel) => [...panel.querySelectorAll('button:not([disabled]), a, input')]

function keepFocus(event, panel) {
  if (event.key === 'Escape') {
    event.stopPropagation()
    closeSheet()
  }
  if (event.key !== 'Tab') return
  const stops = focusable(panel)
  const edge = event.shiftKey ? stops[0] : stops.at(-1)
  if (document.activeElement === edge) {
    event.preventDefault()
    ;(event.shiftKey ? stops.at(-1) : stops[0]).focus()
  }
}
