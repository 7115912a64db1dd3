import { el, icon } from './dom.js'
import { preview } from './preview.js'

/** Where the customer writes; above it, what is being answered or edited. */
export function composer({ onSend, onEdit, onAttach }) {
  let about = null
  const field = el('textarea', { rows: '1', placeholder: 'Mensagem', 'aria-label': 'Mensagem', maxlength: '4096', enterkeyhint: 'send' })
  const strip = el('div', { class: 'about', hidden: true })
  const sendButton = el('button', { type: 'submit', class: 'send', 'aria-label': 'Enviar' }, icon('send'))
  const form = el(
    'form',
    { class: 'composer', onsubmit: submit },
    strip,
    el(
      'div',
      { class: 'composer-row' },
      el('div', { class: 'composer-field' }, el('button', { type: 'button', class: 'round attach', 'aria-label': 'Anexar', onclick: onAttach }, icon('plus')), field),
      sendButton,
    ),
  )

  field.addEventListener('input', grow)
  field.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault()
      form.requestSubmit()
    }
    if (event.key === 'Escape' && about) {
      event.stopPropagation()
      clearAbout()
    }
  })

  function submit(event) {
    event.preventDefault()
    const text = field.value.trim()
    if (!text) return field.focus()
    const current = about
    write('')
    clearAbout()
    if (current?.editing) onEdit(current.message, text)
    else onSend({ kind: 'text', text, ...(current && { quoted_id: current.message.id }) })
  }

  function setAbout(message, editing) {
    about = { message, editing }
    strip.replaceChildren(
      icon(editing ? 'edit' : 'reply'),
      el('span', {}, el('b', {}, editing ? 'Editando' : 'Respondendo'), el('span', {}, preview(message))),
      el('button', { type: 'button', class: 'round', 'aria-label': 'Cancelar', onclick: cancel }, icon('close')),
    )
    strip.hidden = false
    if (editing) write(message.content.body)
    field.focus()
  }

  function cancel() {
    if (about?.editing) write('')
    clearAbout()
    field.focus()
  }

  function clearAbout() {
    about = null
    strip.hidden = true
  }

  function write(text) {
    field.value = text
    grow()
  }

  function grow() {
    field.style.height = 'auto'
    field.style.height = `${Math.min(field.scrollHeight, 120)}px`
    form.classList.toggle('written', field.value.trim() !== '')
  }

  return {
    form,
    reply: (message) => setAbout(message, false),
    edit: (message) => setAbout(message, true),
    draft: (text) => {
      write(text)
      field.focus()
    },
    /** Give a text back that could not be sent. */
    restore: (text) => field.value || write(text),
    reset: () => {
      write('')
      clearAbout()
    },
    focus: () => field.focus(),
  }
}
