import { el, icon } from './dom.js'

const MEANING = { sent: 'Enviada', delivered: 'Entregue', read: 'Lida', failed: 'Não entregue' }
const SHAPE = { sent: 'check', delivered: 'checks', read: 'checks', failed: 'alert' }

/** One grey tick, two grey, two blue, or a red sign; with words for who does not see them. */
export function ticks({ state }) {
  return el(
    'span',
    { class: `ticks-box ${state}` },
    icon(SHAPE[state], state === 'failed' ? 'icon small' : `ticks ${state}`),
    el('span', { class: 'unseen' }, `${MEANING[state]}.`),
  )
}
