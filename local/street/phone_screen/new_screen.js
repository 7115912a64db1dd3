import * as store from './store.js'
import { Unsent, openChat } from './connection.js'
import { el, icon } from './dom.js'

let name
let phone
let shop
let shopField
let hidePhone
let problem
let whenOpened

export function mount(screen, { back, opened }) {
  whenOpened = opened
  name = el('input', { id: 'new-name', name: 'name', required: true, maxlength: '60', autocomplete: 'off', placeholder: 'Marina Souza' })
  phone = el('input', { id: 'new-phone', name: 'phone', type: 'tel', inputmode: 'tel', required: true, autocomplete: 'off', placeholder: '(11) 98765-4321', 'aria-describedby': 'new-phone-hint' })
  shop = el('select', { id: 'new-shop' })
  shopField = el('div', { class: 'field' }, el('label', { for: 'new-shop' }, 'Loja'), shop)
  hidePhone = el('input', { type: 'checkbox', id: 'new-hide' })
  problem = el('p', { class: 'problem', role: 'alert', hidden: true })
  screen.append(
    el(
      'header',
      { class: 'bar' },
      el('button', { type: 'button', class: 'round', 'aria-label': 'Voltar para as conversas', onclick: back }, icon('back')),
      el('h2', {}, 'Nova conversa'),
    ),
    el(
      'form',
      { class: 'new-form', onsubmit: submit, novalidate: true },
      el('p', { class: 'faint' }, 'Uma pessoa que ainda não falou com a loja. O WhatsApp daqui é simulado: ninguém recebe nada de verdade.'),
      el('div', { class: 'field' }, el('label', { for: 'new-name' }, 'Nome'), name),
      el(
        'div',
        { class: 'field' },
        el('label', { for: 'new-phone' }, 'Telefone com DDD'),
        phone,
        el('small', { id: 'new-phone-hint' }, 'Qualquer número serve; com + na frente, de outro país.'),
      ),
      shopField,
      el('label', { class: 'check' }, hidePhone, el('span', {}, 'Não mostrar meu número à loja', el('small', {}, 'Como quem usa um nome de usuário.'))),
      problem,
      el('button', { type: 'submit', class: 'primary' }, 'Abrir conversa'),
    ),
  )
}

export function show() {
  const ids = store.shopIds()
  shopField.hidden = ids.length < 2
  shop.replaceChildren(...ids.map((id) => el('option', { value: id }, store.shopName(id))))
  problem.hidden = true
  name.focus()
}

async function submit(event) {
  event.preventDefault()
  problem.hidden = true
  try {
    const person = { name: name.value, phone: phone.value, phone_number_id: shop.value, hide_phone: hidePhone.checked }
    const chat = await openChat(person)
    event.target.reset()
    // The event stream may bring the chat a moment later than this answer.
    store.apply({ type: 'chat', chat })
    whenOpened(chat)
  } catch (error) {
    if (!(error instanceof Unsent)) throw error
    problem.textContent = error.message
    problem.hidden = false
    ;(name.value.trim() ? phone : name).focus()
  }
}
