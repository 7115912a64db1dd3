// Each letter is shown once; the list is asked for again every few seconds.
const EVERY = 3000
const LINK = /https?:\/\/[^\s]+/g
const list = document.getElementById('letters')
const empty = document.getElementById('empty')
const away = document.getElementById('away')
const shown = new Set()

function linked(text) {
  const words = document.createElement('p')
  let from = 0
  for (const found of text.matchAll(LINK)) {
    const link = document.createElement('a')
    link.href = found[0]
    link.textContent = found[0]
    words.append(text.slice(from, found.index), link)
    from = found.index + found[0].length
  }
  words.append(text.slice(from))
  return words
}

function letter({ at, sender, to, subject, text }) {
  const item = document.createElement('li')
  const title = document.createElement('h2')
  title.textContent = subject
  const who = document.createElement('p')
  who.className = 'who'
  const when = document.createElement('time')
  when.dateTime = at
  when.textContent = new Date(at).toLocaleString('pt-BR', { dateStyle: 'short', timeStyle: 'short' })
  who.append(`Para ${to}, de ${sender}, `, when)
  item.append(title, who, linked(text))
  return item
}

async function renew() {
  try {
    const answer = await fetch('/mail/letters')
    const letters = await answer.json()
    const unseen = letters.filter(({ id }) => !shown.has(id))
    for (const one of unseen.reverse()) {
      shown.add(one.id)
      list.prepend(letter(one))
    }
    empty.hidden = list.children.length > 0
    away.hidden = true
  } catch {
    away.hidden = false
  }
  setTimeout(renew, EVERY)
}

renew()
