// Kith in the browser: page views, marked clicks, form submits, and whatever the page says itself. docs/browser.md tells how
// to use it.
//
//   <script>window.kith = window.kith || []</script>
//   <script async src="https://kith.example/kith.js" data-key="..."></script>
//   <script>kith.push(['track', 'Video Played', {seconds: 12}])</script>
//
// One function, no dependency, nothing global but `kith`. Whole-line comments and indentation are taken away when it is
// served (index.ts), and it is to stay below 4 kB of gzip (kith.test.ts).
(function (window, document, navigator) {
  var script = document.currentScript || document.querySelector('script[data-key][src*="kith.js"]')
  if (!script || window.kith && window.kith.track) return
  var options = script.dataset
  var endpoint = (options.host || new URL(script.src, location.href).origin) + '/v1/b'
  var history = window.history
  var BATCH = 50
  // What sendBeacon and fetch's keepalive take at most, with room for the envelope.
  var MOST_BYTES = 60000
  var MOST_QUEUED = 1000
  // How long an id in a link is believed: a link that is passed on must not make two people one.
  var LINK_MS = 120000

  // Storage that never throws: a browser may refuse it, then this page view is all we remember.
  var memory = {}
  function read(key) {
    try {
      return JSON.parse(localStorage.getItem('kith.' + key))
    } catch {
      return memory[key]
    }
  }
  function write(key, value) {
    memory[key] = value
    try {
      if (value == null) localStorage.removeItem('kith.' + key)
      else localStorage.setItem('kith.' + key, JSON.stringify(value))
    } catch {}
  }

  function uuid() {
    if (window.crypto.randomUUID) return crypto.randomUUID()
    return '10000000-1000-4000-8000-100000000000'.replace(/[018]/g, function (c) {
      return (c ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (c / 4)))).toString(16)
    })
  }

  // Consent: with data-consent="required" nothing is kept or sent until the page calls kith.consent(true).
  function allowed() {
    var said = read('consent')
    return said == null ? options.consent !== 'required' : said
  }

  // One id for subdomains too, where data-cookie-domain says so.
  function cookieId() {
    return options.cookieDomain && (/(?:^|; )kith_id=([\w-]+)/.exec(document.cookie) || [])[1]
  }
  function anonymousId(id) {
    id = id || cookieId() || read('id') || uuid()
    if (id !== read('id')) write('id', id)
    if (options.cookieDomain && cookieId() !== id)
      document.cookie = 'kith_id=' + id + '; domain=' + options.cookieDomain + '; path=/; max-age=31536000; samesite=lax'
    return id
  }

  // Another domain of ours sent the visitor here, with the id it knows them by.
  function takeLinkedId() {
    var url = new URL(location.href)
    var linked = /^([\w-]{8,64})\.([0-9a-z]+)$/.exec(url.searchParams.get('kith_id') || '')
    if (!url.searchParams.has('kith_id')) return
    url.searchParams.delete('kith_id')
    history.replaceState(history.state, '', url)
    if (linked && allowed() && !read('user') && Math.abs(Date.now() - parseInt(linked[2], 36)) < LINK_MS) anonymousId(linked[1])
  }
  function decorate(link) {
    var domains = (options.domains || '').split(',')
    var known = domains.some(function (domain) {
      domain = domain.trim()
      return domain && (link.hostname === domain || link.hostname.endsWith('.' + domain))
    })
    if (!known || link.hostname === location.hostname || !allowed()) return
    var url = new URL(link.href)
    url.searchParams.set('kith_id', anonymousId() + '.' + Date.now().toString(36))
    link.href = url.href
  }

  // The queue. What cannot be sent waits in storage, for this page or the next.
  var queue = []
  var timer = 0
  var sending = false
  var failures = 0

  // Each page has a place of its own, so that two of them do not overwrite each other's.
  var place = 'queue.' + uuid()
  function keep() {
    write(place, queue.length ? queue.slice(-MOST_QUEUED) : null)
  }
  // What pages left behind that are no more. Of one that lives, too: its events then come twice, and count once.
  function adopt() {
    try {
      Object.keys(localStorage).forEach(function (key) {
        if (!/^kith\.queue\./.test(key)) return
        queue = JSON.parse(localStorage[key]).concat(queue)
        localStorage.removeItem(key)
      })
    } catch {}
  }
  function schedule(ms) {
    if (!timer) timer = setTimeout(flush, ms)
  }
  function body(batch) {
    return JSON.stringify({ writeKey: options.key, sentAt: new Date().toISOString(), batch: batch })
  }
  // As many of the first events as one request may carry.
  function take() {
    var bytes = 0
    var count = 0
    while (count < queue.length && count < BATCH) {
      bytes += new Blob([JSON.stringify(queue[count])]).size
      if (count && bytes > MOST_BYTES) break
      count++
    }
    return queue.splice(0, count)
  }
  function flush() {
    clearTimeout(timer)
    timer = 0
    if (sending || !queue.length || !allowed()) return
    if (!navigator.onLine) return keep()
    sending = true
    var batch = take()
    function again() {
      // No answer, or one that may be better later: the message ids make the repetition harmless.
      queue = batch.concat(queue)
      keep()
      schedule(Math.min(60000, 1000 * Math.pow(2, failures++)))
    }
    fetch(endpoint, { method: 'POST', body: body(batch), keepalive: true, credentials: 'omit' })
      .then(function (response) {
        sending = false
        if (response.status === 429 || response.status >= 500) return again()
        failures = 0
        keep()
        if (queue.length) flush()
      })
      .catch(function () {
        sending = false
        again()
      })
  }
  // The page may be gone in a moment.
  function leave() {
    while (queue.length && allowed()) {
      var batch = take()
      // text/plain, or the browser would ask our server first, for which there is no time.
      if (!navigator.onLine || !navigator.sendBeacon(endpoint, new Blob([body(batch)], { type: 'text/plain' }))) {
        queue = batch.concat(queue)
        break
      }
    }
    keep()
  }

  function send(event) {
    if (!allowed()) return
    event.messageId = uuid()
    event.timestamp = new Date().toISOString()
    event.anonymousId = anonymousId()
    event.userId = event.userId || read('user') || undefined
    event.context = {
      library: { name: 'kith.js', version: '1' },
      page: { url: location.href, path: location.pathname, search: location.search, title: document.title, referrer: document.referrer },
      locale: navigator.language,
      screen: { width: screen.width, height: screen.height },
      consent: { granted: read('consent') === true },
    }
    queue.push(event)
    if (queue.length >= BATCH) flush()
    else schedule(+options.flush || 1000)
  }

  var kith = {
    track: function (name, properties) {
      send({ type: 'track', event: name, properties: properties })
    },
    page: function (name, properties) {
      var own = { url: location.href, path: location.pathname, search: location.search, title: document.title, referrer: document.referrer }
      send({ type: 'page', name: typeof name === 'string' ? name : undefined, properties: Object.assign(own, properties) })
    },
    identify: function (userId, traits) {
      if (userId && typeof userId === 'object') {
        traits = userId
        userId = null
      }
      if (userId && allowed()) write('user', String(userId))
      send({ type: 'identify', traits: traits || {} })
    },
    group: function (groupId, traits) {
      send({ type: 'group', groupId: groupId, traits: traits || {} })
    },
    alias: function (userId, previousId) {
      send({ type: 'alias', userId: userId, previousId: previousId || read('user') || anonymousId() })
    },
    consent: function (granted) {
      var before = allowed()
      write('consent', !!granted)
      if (!granted) return kith.reset()
      if (!before) start()
    },
    // Another person, or nobody we may remember, from here on.
    reset: function () {
      queue = []
      keep()
      write('id')
      write('user')
      if (options.cookieDomain) document.cookie = 'kith_id=; domain=' + options.cookieDomain + '; path=/; max-age=0'
    },
    flush: flush,
    push: function (call) {
      kith[call[0]].apply(kith, call.slice(1))
    },
  }

  // data-kith-sku="a-1" on the marked element -> {"sku": "a-1"}
  function marked(element, skip) {
    var properties = {}
    for (var key in element.dataset)
      if (/^kith./.test(key) && key !== skip) properties[key[4].toLowerCase() + key.slice(5)] = element.dataset[key]
    return properties
  }
  function listen() {
    document.addEventListener('click', function (event) {
      var target = event.target
      if (!target.closest) return
      var element = target.closest('[data-kith-click]')
      var link = target.closest('a[href]')
      if (element) {
        var properties = marked(element, 'kithClick')
        properties.text = (element.innerText || '').trim().slice(0, 100)
        if (element.href) properties.href = element.href
        kith.track(element.dataset.kithClick || 'Clicked', properties)
      }
      if (link && options.domains) decorate(link)
    }, true)
    // That a form was sent, and which: never what was typed into it.
    document.addEventListener('submit', function (event) {
      var form = event.target
      if (form.dataset.kithForm === 'off') return
      var properties = marked(form, 'kithForm')
      properties.form = form.getAttribute('name') || form.id || undefined
      properties.action = form.action
      kith.track(form.dataset.kithForm || 'Form Submitted', properties)
    }, true)
    addEventListener('pagehide', leave)
    document.addEventListener('visibilitychange', function () {
      if (document.visibilityState === 'hidden') leave()
    })
    addEventListener('online', function () {
      failures = 0
      flush()
    })
    if (options.pages === 'off') return
    // Pages that change the address without loading.
    var path = location.pathname + location.search
    function moved() {
      setTimeout(function () {
        if (path === (path = location.pathname + location.search)) return
        kith.page()
      })
    }
    addEventListener('popstate', moved)
    var pushState = history.pushState
    history.pushState = function () {
      pushState.apply(history, arguments)
      moved()
    }
  }
  function start() {
    adopt()
    if (options.pages !== 'off') kith.page()
    flush()
  }

  takeLinkedId()
  listen()
  if (allowed()) start()
  var waiting = window.kith || []
  window.kith = kith
  for (var i = 0; i < waiting.length; i++) kith.push(waiting[i])
})(window, document, navigator)
