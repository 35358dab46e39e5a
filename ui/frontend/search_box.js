// Suggestions below the search box. The box is Streamlit's own and stays what it is: this listens to it, shows a list,
// and puts what is chosen into it as if it had been typed. Texts of the catalogue only ever become textContent.
const FIELD = ".st-key-q input"
const LEAST = 2
const PAUSE_MS = 100
const AGAIN_MS = 700
const GAP = 4
const LIST_ID = "search-suggestions"
const MODIFIERS = ["altKey", "ctrlKey", "metaKey", "shiftKey"]
const KINDS = { past: "Searched before", category: "Category" }
const boxes = new WeakMap()

export default function ({ parentElement, data, setTriggerValue }) {
  const box = boxes.get(parentElement) ?? begin(parentElement)
  box.ask = (question) => setTriggerValue("asked", question)
  box.answered(data)
  return box.end
}

function begin(parent) {
  const list = parent.querySelector("ul")
  const status = parent.querySelector("[role=status]")
  const listening = new AbortController()
  const box = { ask: () => {}, answered, end }
  let number = 0
  let timer = 0
  let answer = { number: 0, text: "", options: [] }
  let active = -1
  let choosing = false

  list.id = LIST_ID
  dress()
  const on = (kind, act) => document.addEventListener(kind, act, { capture: true, signal: listening.signal })
  on("focusin", (event) => isField(event.target) && dress())
  on("input", (event) => {
    if (!isField(event.target) || choosing) return
    mark(event.target, -1)
    wonder(event.target, PAUSE_MS)
  })
  on("focusout", (event) => isField(event.target) && leave())
  on("keydown", pressed)
  on("scroll", place)
  window.addEventListener("resize", place, { signal: listening.signal })
  // The box keeps the cursor: to leave it would search for what is typed so far.
  list.addEventListener("mousedown", (event) => event.preventDefault())
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]")
    const field = document.querySelector(FIELD)
    if (!option || !field) return
    put(field, option.dataset.text)
    field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", code: "Enter", keyCode: 13, bubbles: true }))
  })
  boxes.set(parent, box)
  return box

  function isField(element) {
    return element instanceof HTMLInputElement && element.matches(FIELD)
  }

  function dress() {
    const field = document.querySelector(FIELD)
    if (!field || field.getAttribute("aria-controls") === LIST_ID) return
    const said = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": LIST_ID }
    for (const [name, value] of Object.entries({ ...said, autocomplete: "off" })) field.setAttribute(name, value)
  }

  function wonder(field, pause) {
    clearTimeout(timer)
    const text = field.value
    if (text.trim().length < LEAST) return close()
    timer = setTimeout(() => field.value === text && ask(text), pause)
  }

  function ask(text) {
    number += 1
    box.ask({ number, text })
  }

  function answered(data) {
    if (!data || data.number === 0 || data.number !== number || data.number === answer.number) return
    answer = data
    const field = document.querySelector(FIELD)
    if (!field || field !== document.activeElement || field.value !== answer.text || active >= 0) return
    open(field)
    if (answer.more) wonder(field, AGAIN_MS)
  }

  function open(field) {
    close()
    if (!answer.options.length) return
    list.replaceChildren(...answer.options.map(option))
    list.hidden = false
    list.showPopover?.() // above everything: the row would cut it off
    place()
    field.setAttribute("aria-expanded", "true")
    const count = answer.options.length
    status.textContent = count === 1 ? "1 suggestion" : `${count} suggestions`
  }

  function place() {
    const field = document.querySelector(FIELD)
    if (list.hidden || !field) return
    const frame = (field.closest("[data-testid=stTextInputRootElement]") ?? field).getBoundingClientRect()
    const top = frame.bottom + GAP
    Object.assign(list.style, {
      left: `${frame.left}px`,
      top: `${top}px`,
      width: `${frame.width}px`,
      maxHeight: `${Math.max(innerHeight - top - GAP, 3 * frame.height)}px`,
    })
  }

  function option({ text, kind }, number) {
    const line = document.createElement("li")
    line.id = `${LIST_ID}-${number}`
    line.dataset.text = text
    line.setAttribute("role", "option")
    line.setAttribute("aria-selected", "false")
    const words = document.createElement("span")
    words.textContent = text
    words.dir = "auto"
    line.append(words)
    if (KINDS[kind]) {
      const why = document.createElement("small")
      why.textContent = KINDS[kind]
      line.append(why)
    }
    return line
  }

  function close() {
    active = -1
    if (!list.hidden) list.hidePopover?.()
    list.hidden = true
    status.textContent = ""
    const field = document.querySelector(FIELD)
    field?.setAttribute("aria-expanded", "false")
    field?.removeAttribute("aria-activedescendant")
  }

  function leave() {
    clearTimeout(timer)
    number += 1 // an answer that is still on its way comes too late
    close()
  }

  function pressed(event) {
    if (!isField(event.target) || event.isComposing || MODIFIERS.some((key) => event[key])) return
    const field = event.target
    if (event.key === "Enter") {
      // What is marked goes into the box; the box then takes Enter as ever.
      if (!list.hidden && active >= 0) put(field, list.children[active].dataset.text)
      leave()
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault() // a search box would empty itself
      event.stopPropagation()
      leave()
    } else if (event.key === "ArrowDown" && list.hidden) {
      event.preventDefault()
      ask(field.value)
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !list.hidden) {
      event.preventDefault()
      move(field, event.key === "ArrowDown" ? 1 : -1)
    }
  }

  function move(field, step) {
    const lines = list.children.length
    mark(field, active < 0 && step < 0 ? lines - 1 : active + step < lines ? active + step : -1)
  }

  function mark(field, wanted) {
    active = wanted
    const lines = [...list.children]
    lines.forEach((line, number) => line.setAttribute("aria-selected", String(number === active)))
    if (active < 0) return field.removeAttribute("aria-activedescendant")
    field.setAttribute("aria-activedescendant", lines[active].id)
    lines[active].scrollIntoView({ block: "nearest" })
  }

  function put(field, text) {
    choosing = true
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(field, text)
    field.dispatchEvent(new Event("input", { bubbles: true }))
    choosing = false
    leave()
  }

  function end() {
    leave()
    listening.abort()
    boxes.delete(parent)
    const field = document.querySelector(FIELD)
    for (const name of ["role", "aria-autocomplete", "aria-expanded", "aria-controls"]) field?.removeAttribute(name)
  }
}
