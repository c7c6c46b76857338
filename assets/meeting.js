/* The bar above the pages while one is in a meeting. It asks the server in short intervals where the meeting is, leads this page there, and,
   on the chair's page, tells the server where this page is. Names, titles and what was said are only ever set as text. */
(function () {
  "use strict";
  var make = window.lymphotraceBuild.make;
  var KEY = "lymphotrace-meeting";
  var FROM_LINK = /^#meeting=([0-9a-f]{32})$/;
  /* Milliseconds between two questions: while following, after leaving, and in a tab that nobody sees. */
  var JOINED = 600;
  var AWAY = 2000;
  var UNSEEN = 4000;
  var SLOWEST = 8000;
  /* A page that is not drawn after so long is loaded anew; a meeting that nobody leads for so long is no longer followed. */
  var PATIENCE = 6000;
  var NOBODY_LEADS = 15 * 60 * 1000;
  /* Pages that are changed in place; the others need a document of their own. */
  var IN_PLACE = /^\/[^/]+\/(overview|trajectories|thresholds|safety|exploratory|response|survival|participants\/[^/]+)$/;
  var NO_SERVER = "The server cannot be reached. The meeting may have moved on.";

  var room = null;
  var now = null;
  var whole = { edition: 0, agenda: [], entries: [] };
  var mark = null;
  var timer = 0;
  var failures = 0;
  var lostSince = 0;
  var wanted = null;
  var posting = false;
  var trouble = "";
  var begun = null;
  var started = 0;
  var over = false;
  var bar = null;

  function read() {
    var found = FROM_LINK.exec(window.location.hash);
    if (found) {
      room = { study: window.location.pathname.split("/")[1], id: found[1], joined: true, landed: null, at: null, target: null, tried: null };
      window.history.replaceState(window.history.state, "", window.location.pathname + window.location.search);
      keep();
      return;
    }
    try {
      room = JSON.parse(window.sessionStorage.getItem(KEY));
    } catch (error) {
      room = null;
    }
  }

  function keep() {
    window.sessionStorage.setItem(KEY, JSON.stringify(room));
  }

  function ask(method, path, body, done) {
    var request = new XMLHttpRequest();
    request.open(method, "/api/v1/" + room.study + "/meetings/" + room.id + path);
    request.timeout = SLOWEST;
    if (path === "/now" && mark) {
      request.setRequestHeader("If-None-Match", mark);
    }
    if (body) {
      request.setRequestHeader("Content-Type", "application/json");
    }
    request.onloadend = function () {
      var answer = {};
      try {
        answer = JSON.parse(request.responseText);
      } catch (error) {
        answer = {};
      }
      done(request.status, answer, request.getResponseHeader("ETag"));
    };
    request.send(body ? JSON.stringify(body) : null);
  }

  /* The canonical address of what is drawn: null before anything is, "" for a page without a view. */
  function shown() {
    var view = readView();
    if (view === null) {
      return null;
    }
    if (!view) {
      return "";
    }
    var page = view.page === "participant" ? "participants" : view.page;
    return "/" + view.study + "/" + page + (view.subject ? "/" + quote(view.subject) : "") + "?" + view.query;
  }

  /* The view of the page, undefined for a page without one. Before Dash has its layout there is nothing to ask. */
  function readView() {
    try {
      return window.dash_component_api.getLayout("view").props.data || undefined;
    } catch (error) {
      return null;
    }
  }

  /* As the server writes a name into an address. */
  function quote(name) {
    return encodeURIComponent(name).replace(/[!'()*]/g, function (letter) {
      return "%" + letter.charCodeAt(0).toString(16).toUpperCase();
    });
  }

  function place() {
    return window.location.pathname + window.location.search;
  }

  function fingerprint() {
    var code = document.getElementById("fingerprint");
    return code ? code.textContent : "";
  }

  function go(address) {
    var path = address.split("?")[0];
    var inPlace = shown() && (IN_PLACE.test(path) || (path === window.location.pathname && !/^\/[^/]+\/(data|behind)/.test(path)));
    if (inPlace) {
      window.lymphotraceGo(address);
    } else {
      window.location.assign(address);
    }
  }

  /* Lead this page to where the meeting is. */
  function land() {
    room.landed = now.address;
    room.at = shown();
    room.target = room.at === now.address ? null : now.address;
    keep();
    started = Date.now();
    if (room.target && place() !== room.target) {
      go(room.target);
    }
  }

  function leave() {
    room.joined = false;
    room.target = null;
    keep();
    draw();
  }

  function rejoin() {
    room.joined = true;
    room.landed = null;
    lostSince = 0;
    keep();
    poll();
  }

  function forget() {
    window.clearTimeout(timer);
    window.sessionStorage.removeItem(KEY);
    room = null;
    bar.remove();
    bar = null;
    document.body.classList.remove("in-meeting");
  }

  /* The chair's page tells where it is; one message at a time, and the newest view last. `link` is the item of the agenda that is meant. */
  function post(address, link, after) {
    wanted = address;
    if (posting) {
      return;
    }
    posting = true;
    ask("POST", "/move", { address: address, link: link }, function (status, answer) {
      posting = false;
      trouble = status === 200 ? "" : status === 0 ? NO_SERVER : answer.error || "The meeting was not moved (status " + status + ").";
      if (status === 200) {
        now.step = Math.max(now.step, answer.step);
        now.address = answer.address;
        room.landed = answer.address;
        keep();
      }
      if (status === 403) {
        room.landed = null;
      }
      if (wanted !== address) {
        post(wanted, "");
      } else if (status === 200 && after) {
        after();
      }
      poll();
    });
  }

  /* What this page shows has changed: it has arrived where it was led, or the reader went somewhere. */
  function watch() {
    var here = room && shown();
    if (!room || here === null || !now || !room.joined || over) {
      return;
    }
    if (room.target && here === room.target) {
      room.target = null;
      room.at = here;
      keep();
      draw();
      return;
    }
    if (room.target && place() === room.target) {
      if (Date.now() - started > PATIENCE && room.tried !== room.target) {
        room.tried = room.target;
        keep();
        window.location.assign(room.target);
      }
      return;
    }
    if (here !== room.at) {
      room.at = here;
      room.target = null;
      keep();
      if (here === now.address) {
        draw();
      } else if (now.leads && here) {
        post(here, "");
      } else {
        leave();
      }
    }
  }

  function take(answer) {
    if (now && answer.step < now.step) {
      return;
    }
    now = answer;
    lostSince = now.chair_lost ? lostSince || Date.now() : 0;
    if (now.edition !== whole.edition) {
      readWhole();
    }
    if (!now.open) {
      over = true;
    } else if (lostSince && Date.now() - lostSince > NOBODY_LEADS) {
      room.joined = false;
      keep();
      trouble = "Nobody has led this meeting for a quarter of an hour, so it is no longer followed.";
    } else if (room.joined && now.address && now.address !== room.landed && !posting) {
      land();
    }
  }

  function poll() {
    window.clearTimeout(timer);
    if (!room || over) {
      return;
    }
    ask("GET", "/now", null, function (status, answer, tag) {
      if (!room) {
        return;
      }
      failures = status === 200 || status === 304 ? 0 : failures + 1;
      if (status === 200) {
        mark = tag;
        take(answer);
      } else if (status === 304 && now) {
        take(now);
      } else if (status === 401 || status === 403 || status === 404) {
        over = true;
        trouble = status === 401 ? "You are signed out. Reload the page to sign in and to rejoin." : "This meeting does not exist.";
      }
      draw();
      watch();
      window.clearTimeout(timer);
      if (room && !over && !(lostSince && !room.joined && trouble)) {
        timer = window.setTimeout(poll, pause());
      }
    });
  }

  function pause() {
    if (failures) {
      return Math.min(SLOWEST, 1000 * failures);
    }
    return document.hidden ? UNSEEN : room.joined ? JOINED : AWAY;
  }

  function readWhole() {
    ask("GET", "", null, function (status, answer) {
      if (room && status === 200) {
        whole = answer;
        draw();
      }
    });
  }

  /* What the bar says. */

  function itemOf(link) {
    return whole.agenda.filter(function (item) {
      return link && item.link === link;
    })[0];
  }

  function whereWords() {
    if (!now.address) {
      return "a view that does not exist";
    }
    var item = itemOf(now.link);
    return item ? "item " + item.place + " of " + whole.agenda.length + ", " + item.name : now.page + ", which is not on the agenda";
  }

  function describe() {
    if (over && trouble) {
      return { words: trouble, grave: true };
    }
    if (!now) {
      return failures ? { words: NO_SERVER, grave: true } : { words: "The meeting is being opened…" };
    }
    if (!now.open) {
      return { words: "The meeting is closed." };
    }
    if (failures) {
      return { words: NO_SERVER, grave: true };
    }
    if (trouble) {
      return { words: trouble, grave: true };
    }
    if (now.chair_lost) {
      return { words: "The connection of the chair (" + now.chair + ") is lost. The meeting stays at " + whereWords() + ".", grave: true };
    }
    if (!room.joined) {
      return { words: now.leads ? "You left; the others stay at " + whereWords() + "." : "You left. " + now.chair + " is at " + whereWords() + "." };
    }
    if (!now.address) {
      return { words: "The meeting is at a view that does not exist. What you see is not what the chair shows.", grave: true };
    }
    if (!room.target && room.at === now.address && fingerprint() && fingerprint() !== now.fingerprint) {
      return { words: "Your view " + fingerprint() + " is not the chair’s view " + now.fingerprint + ". Reload the page.", grave: true };
    }
    return { words: (now.leads ? "You lead: " : "You follow " + now.chair + ": ") + whereWords() + "." };
  }

  function setText(element, words) {
    if (element.textContent !== words) {
      element.textContent = words;
    }
  }

  function button(words, act) {
    var made = make("button", { type: "button", class: "action" }, [words]);
    made.addEventListener("click", act);
    return made;
  }

  function fold(words, name, children) {
    var summary = make("summary", { class: "action" }, [words]);
    var made = make("details", { class: "meeting-fold meeting-fold-" + name }, [summary, make("div", { class: "meeting-panel" }, children)]);
    made.addEventListener("toggle", function () {
      if (made.open) {
        bar.querySelectorAll("details[open]").forEach(function (other) {
          other.open = other === made;
        });
      }
    });
    return made;
  }

  function build() {
    var parts = {
      title: make("a", { class: "meeting-title" }, []),
      said: make("span", { class: "meeting-said", role: "status" }, []),
      back: button("Previous item", function () {
        step(-1);
      }),
      next: button("Next item", function () {
        step(1);
      }),
      leave: button("Leave", leave),
      rejoin: button("Rejoin", rejoin),
      hide: button("Hide this bar", forget),
      items: make("ol", { class: "meeting-items" }, []),
      entries: make("div", { class: "meeting-entries" }, []),
      people: make("span", { class: "meeting-people" }, []),
      minutes: make("a", {}, ["Minutes"]),
    };
    parts.agenda = fold("Agenda", "agenda", [parts.items]);
    parts.notes = fold("Notes", "notes", [buildForm(parts), parts.entries]);
    var buttons = [parts.back, parts.next, parts.leave, parts.rejoin, parts.agenda, parts.notes, parts.minutes, parts.hide];
    var acts = make("div", { class: "meeting-acts" }, buttons);
    bar = make("section", { class: "meeting-bar", "aria-label": "Meeting" }, [parts.title, parts.said, acts, parts.people]);
    bar.parts = parts;
    document.body.prepend(bar);
    document.body.classList.add("in-meeting");
    new ResizeObserver(function () {
      document.documentElement.style.setProperty("--meeting-height", (bar ? bar.offsetHeight : 0) + "px");
    }).observe(bar);
  }

  /* A comment belongs to the view on which its writer began, also when the meeting has moved on since. */
  function buildForm(parts) {
    parts.words = make("textarea", { rows: 3, maxlength: 4000, "aria-label": "Comment or decision" }, []);
    parts.about = make("p", { class: "quiet" }, []);
    parts.present = button("Write it on the view that is shown now", function () {
      begin();
      draw();
    });
    parts.comment = button("Store comment", function () {
      store("comment");
    });
    parts.decision = button("Store decision", function () {
      store("decision");
    });
    parts.stored = make("p", { class: "meeting-stored", role: "status" }, []);
    parts.words.addEventListener("input", function () {
      if (!begun || !parts.words.value) {
        begin();
      }
      draw();
    });
    var acts = make("div", { class: "meeting-acts" }, [parts.comment, parts.decision, parts.present]);
    return make("div", { class: "meeting-form" }, [parts.words, parts.about, acts, parts.stored]);
  }

  function begin() {
    begun = shown() ? { address: shown(), fingerprint: fingerprint() } : null;
  }

  function store(kind) {
    var parts = bar.parts;
    if (!begun) {
      begin();
    }
    if (!begun) {
      setText(parts.stored, "Open a page of the study first: a comment belongs to a view.");
      return;
    }
    setText(parts.stored, "Being stored…");
    var body = { address: begun.address, fingerprint: begun.fingerprint, kind: kind, words: parts.words.value };
    ask("POST", "/entries", body, function (status, answer) {
      if (status === 201) {
        parts.words.value = "";
        begun = null;
        poll();
      }
      var name = kind === "decision" ? "Decision " : "Comment ";
      setText(parts.stored, status === 201 ? name + answer.number + " is stored on view " + answer.fingerprint + "." : answer.error || NO_SERVER);
      draw();
    });
  }

  /* The chair goes to an item: the others are told first, so that they do not wait for this page. */
  function open(item) {
    bar.parts.agenda.open = false;
    if (now.leads && room.joined) {
      post(item.address, item.link, land);
    } else {
      leave();
      go(item.address);
    }
  }

  function step(by) {
    var items = whole.agenda.filter(function (item) {
      return item.state === "open";
    });
    var here = itemOf(now.link);
    var at = here ? items.indexOf(here) : by > 0 ? -1 : items.length;
    if (items[at + by]) {
      open(items[at + by]);
    }
  }

  function drawItem(item) {
    if (item.state === "absent") {
      return make("li", {}, [make("span", { class: "quiet" }, ["A view that does not exist"])]);
    }
    var current = now && item.link === now.link && now.address;
    var link = make("a", { href: item.address }, [item.name]);
    if (item.state === "open") {
      link.addEventListener("click", function (event) {
        if (!event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
          event.preventDefault();
          open(item);
        }
      });
    }
    var note = { differs: " shows other numbers now", ended: " revoked or expired" }[item.state];
    var about = make("span", { class: "quiet" }, [" " + item.page + ", view " + item.fingerprint]);
    var rest = [about].concat(note ? [make("span", { class: "ended" }, [note])] : [], current ? [make("strong", {}, [" here now"])] : []);
    return make("li", current ? { "aria-current": "true" } : {}, [link].concat(rest));
  }

  function drawEntry(entry) {
    var name = (entry.kind === "decision" ? "Decision " : "Comment ") + entry.number;
    var about = entry.author + ", " + entry.at + ", view " + entry.fingerprint + ", " + entry.page;
    return make("article", { "aria-label": name }, [
      make("h3", {}, [name]),
      make("p", { class: "saved-note" }, [entry.words]),
      make("p", { class: "quiet" }, [about]),
    ]);
  }

  /* Lists are made anew only when they have changed: who reads in one must not lose the place. */
  function fill(element, state, children) {
    if (element.getAttribute("data-state") !== state) {
      element.setAttribute("data-state", state);
      element.replaceChildren.apply(element, children());
    }
  }

  function draw() {
    if (!room) {
      return;
    }
    if (!bar) {
      build();
    }
    var parts = bar.parts;
    var said = describe();
    var goesOn = !over && now && now.open;
    var leads = goesOn && now.leads && room.joined;
    setText(parts.title, now ? now.title : "Meeting");
    parts.title.href = "/" + room.study + "/meetings/" + room.id;
    parts.minutes.href = parts.title.href + "/minutes";
    setText(parts.said, said.words);
    bar.classList.toggle("meeting-grave", Boolean(said.grave));
    parts.back.hidden = parts.next.hidden = !leads;
    parts.leave.hidden = !goesOn || !room.joined;
    parts.rejoin.hidden = !goesOn || room.joined;
    parts.hide.hidden = goesOn && room.joined;
    parts.agenda.hidden = parts.notes.hidden = !goesOn;
    parts.minutes.hidden = !now || now.open;
    setText(parts.people, goesOn ? "Here: " + now.present.join(", ") : "");
    drawFolds(parts);
  }

  function drawFolds(parts) {
    setText(parts.agenda.querySelector("summary"), "Agenda (" + whole.agenda.length + ")");
    setText(parts.notes.querySelector("summary"), "Notes (" + whole.entries.length + ")");
    fill(parts.items, whole.edition + " " + (now && now.address && now.link), function () {
      return whole.agenda.map(drawItem);
    });
    fill(parts.entries, String(whole.edition), function () {
      return whole.entries.slice().reverse().map(drawEntry);
    });
    var elsewhere = begun && shown() && begun.address !== shown();
    var on = begun ? begun.fingerprint : fingerprint();
    setText(parts.about, elsewhere ? "Written on view " + on + ", which was shown when you began." : "On the view that you see: " + on + ".");
    parts.present.hidden = !elsewhere;
    parts.decision.hidden = !(now && now.leads);
  }

  document.addEventListener("keydown", function (event) {
    var opened = event.key === "Escape" && event.target.closest && event.target.closest(".meeting-fold[open]");
    if (opened) {
      opened.open = false;
      opened.querySelector("summary").focus();
    }
  });
  document.addEventListener("visibilitychange", function () {
    if (room && !document.hidden && now) {
      poll();
    }
  });

  read();
  if (room) {
    draw();
    poll();
    window.setInterval(watch, 150);
    window.addEventListener("lymphotrace-answered", function () {
      window.setTimeout(watch, 20);
    });
  }
})();
