// Opens the first group of operations, and no other. Swagger UI's own settings know only all of them or none.
const create = window.SwaggerUIBundle
const createWithFirstGroupOpen = config => {
  const ui = create({
    ...config,
    onComplete() {
      const [first] = ui.specSelectors.taggedOperations().keys()
      if (first) ui.layoutActions.show(['operations-tag', first], true)
    },
  })
  return ui
}
window.SwaggerUIBundle = Object.assign(createWithFirstGroupOpen, create)
