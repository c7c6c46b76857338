/* Delivering: choose files, send them, follow the reading, read the report, publish or discard.
   The page holds one empty place per study (`.deliver`); everything inside is made here and nothing of it is known to the server
   but through the addresses below /api/v1/<study>/deliveries. Texts from files are only ever set as text. */
(function () {
  "use strict";
  var FIRST_PAUSE = 1000;
  var LONGEST_PAUSE = 10000;
  var GROWTH = 1.5;
  var LISTED_FILES = 12;
  var MEGABYTE = 1000000;
  var KINDS = "CSV, SAS transport (XPT), Dataset-JSON, Parquet or Excel files, or one zip file of them.";
  var UNREACHABLE = "The server cannot be reached. ";
  var ISO = "YYYY-MM-DD in the report. ";
  var PAUSE_OF_LIST = 3000;
  var built = window.lymphotraceBuild;
  var make = built.make;
  var table = built.table;
  var part = built.part;
  var number = built.number;
  var capital = built.capital;
  var plural = built.plural;
  /* What this tab holds for each study: the chosen files, so that they can be sent again, and what was typed. */
  var held = new Map();

  function button(words, act, kind) {
    var made = make("button", { type: "button", class: "action" + (kind ? " " + kind : "") }, [words]);
    made.addEventListener("click", act);
    return made;
  }

  function field(words, input, hint) {
    var parts = [make("span", { class: "control-label" }, [words]), input];
    return make("label", { class: "control" }, hint ? parts.concat(make("span", { class: "control-word" }, [hint])) : parts);
  }

  function size(bytes) {
    return bytes < MEGABYTE ? number(Math.ceil(bytes / 1000)) + " kB" : number(Math.round(bytes / 100000) / 10) + " MB";
  }

  function total(files) {
    return files.reduce(function (sum, file) {
      return sum + file.size;
    }, 0);
  }

  /* ---- refusals as a file -------------------------------------------------------------------------------------------- */

  /* A spreadsheet runs a cell that begins like a formula; a plain number stays a number. */
  function cell(value) {
    var text = value === null || value === undefined ? "" : String(value);
    if (/^[=+\-@\t\r]/.test(text) && !/^-?[0-9]+(\.[0-9]+)?$/.test(text)) {
      text = "'" + text;
    }
    return /[",\r\n]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
  }

  var COLUMNS = ["file", "row", "column", "value", "rule"];

  /* File by file as they came, and in the order of their rows: the order in which somebody corrects them. */
  function inOrder(refusals) {
    var files = refusals.map(function (refusal) {
      return refusal.file;
    });
    return refusals.slice().sort(function (one, other) {
      return files.indexOf(one.file) - files.indexOf(other.file) || (one.row || 0) - (other.row || 0);
    });
  }

  function refusalsAsCsv(refusals) {
    var lines = refusals.map(function (refusal) {
      return COLUMNS.map(function (name) {
        return cell(refusal[name]);
      }).join(",");
    });
    return [COLUMNS.join(",")].concat(lines).join("\r\n") + "\r\n";
  }

  function save(text, name) {
    var link = make("a", { href: URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" })), download: name });
    document.body.append(link);
    link.click();
    link.remove();
    window.setTimeout(function () {
      URL.revokeObjectURL(link.href);
    }, 10000);
  }

  /* ---- files ----------------------------------------------------------------------------------------------------------- */

  function entriesOf(reader, found) {
    return new Promise(function (resolve, reject) {
      reader.readEntries(resolve, reject);
    }).then(function (entries) {
      return entries.length ? entriesOf(reader, found.concat(entries)) : found;
    });
  }

  function filesOf(entry) {
    if (entry.isFile) {
      return new Promise(function (resolve, reject) {
        entry.file(function (file) {
          resolve([file]);
        }, reject);
      });
    }
    return entriesOf(entry.createReader(), []).then(function (entries) {
      return Promise.all(entries.map(filesOf)).then(function (lists) {
        return [].concat.apply([], lists);
      });
    });
  }

  function dropped(transfer) {
    var entries = Array.from(transfer.items || [])
      .map(function (item) {
        return item.webkitGetAsEntry && item.webkitGetAsEntry();
      })
      .filter(Boolean);
    if (!entries.length) {
      return Promise.resolve(Array.from(transfer.files));
    }
    return Promise.all(entries.map(filesOf)).then(function (lists) {
      return [].concat.apply([], lists);
    });
  }

  /* Files that systems put into folders by themselves. */
  function isDelivered(file) {
    return file.name.charAt(0) !== "." && file.name !== "Thumbs.db" && file.name !== "desktop.ini";
  }

  /* ---- one place on the page ----------------------------------------------------------------------------------------- */

  function begin(place) {
    var study = place.getAttribute("data-study");
    var base = "/api/v1/" + encodeURIComponent(study) + "/deliveries";
    /* The delivery that this tab shows, through a reload; and all that this browser has sent, for every tab and the next ones. */
    var memory = "delivery-" + study;
    var known = "deliveries-" + study;
    var own = held.get(study) || { files: [], date: "", label: "" };
    held.set(study, own);
    var said = make("p", { class: "deliver-said", role: "status" });
    var alert = make("div", { class: "deliver-alert", role: "alert" });
    var body = make("div", { class: "deliver-body", tabindex: "-1" });
    var limits = null;
    var shown = "";
    /* The button that was pressed, while its answer is missing: a disabled button loses the focus. */
    var worker = null;
    var pause = FIRST_PAUSE;
    place.replaceChildren(said, alert, body);

    function isGone() {
      return !document.contains(place);
    }

    function ids() {
      return (window.localStorage.getItem(known) || "").split(" ").filter(function (id) {
        return /^[0-9a-f]{32}$/.test(id);
      });
    }

    function forget(id) {
      var others = ids().filter(function (one) {
        return one !== id;
      });
      window.localStorage.setItem(known, others.join(" "));
    }

    function remember(id) {
      forget(id);
      window.localStorage.setItem(known, ids().concat([id]).join(" "));
      window.sessionStorage.setItem(memory, id);
    }

    function cutsLink() {
      return make("a", { href: "/" + encodeURIComponent(study) + "/data/snapshots" }, ["Data cuts"]);
    }

    function say(words) {
      if (said.textContent !== words) {
        said.textContent = words;
      }
    }

    function complain(words, more) {
      alert.replaceChildren.apply(alert, words ? [make("p", { class: "notice notice-problem" }, [words].concat(more || []))] : []);
    }

    /* Replace what is shown; who was working inside it goes on at its beginning. */
    function show(name, children) {
      var inside = worker !== null || body.contains(document.activeElement);
      worker = null;
      body.replaceChildren.apply(body, children);
      shown = name;
      if (inside) {
        (body.querySelector("h3") || body).focus();
      }
    }

    function ask(address, values) {
      var options = { cache: "no-store" };
      if (values) {
        options = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(values) };
      }
      return fetch(address, options).then(function (response) {
        return response.json().then(
          function (answer) {
            return { status: response.status, answer: answer };
          },
          function () {
            return { status: response.status, answer: { error: "The server answered with status " + response.status + "." } };
          }
        );
      });
    }

    /* Do what was decided; while the answer is missing nothing can be decided twice. */
    function decide(address, values, next) {
      worker = body.contains(document.activeElement) ? document.activeElement : null;
      body.querySelectorAll("button").forEach(function (one) {
        one.disabled = true;
      });
      function again(words) {
        body.querySelectorAll("button").forEach(function (one) {
          one.disabled = false;
        });
        if (worker) {
          worker.focus();
          worker = null;
        }
        complain(words);
      }
      ask(address, values).then(
        function (got) {
          if (got.status === 200) {
            complain("");
            next(got.answer);
          } else {
            again(got.answer.error);
          }
        },
        function () {
          again(UNREACHABLE + "Nothing was changed by this page; look again when it answers.");
        }
      );
    }

    /* ---- choosing ------------------------------------------------------------------------------------------------------ */

    function problem(files) {
      var large = files.filter(function (file) {
        return file.size > limits.largest_file;
      });
      if (large.length) {
        return large[0].name + " is larger than " + size(limits.largest_file) + ". Send it as part of a zip file, or use the command line.";
      }
      if (total(files) > limits.largest_delivery) {
        return "Together the files are larger than " + size(limits.largest_delivery) + ". Send a zip file, or use the command line.";
      }
      if (files.length > limits.most_files) {
        return "A delivery has at most " + number(limits.most_files) + " files. Send a zip file instead.";
      }
      return "";
    }

    function choose(files) {
      own.files = Array.from(files).filter(isDelivered);
      complain(own.files.length ? problem(own.files) : "");
      say(own.files.length ? plural(own.files.length, "file", "files") + " chosen, " + size(total(own.files)) + "." : "No file is chosen.");
      showChoice();
    }

    function picker(words, attributes) {
      var input = make("input", Object.assign({ type: "file", class: "visually-hidden", multiple: true }, attributes));
      input.addEventListener("change", function () {
        if (input.files.length) {
          choose(input.files);
        }
      });
      return make("label", { class: "action deliver-pick" }, [words, input]);
    }

    function dropPlace() {
      var zone = make("div", { class: "deliver-drop" }, [
        make("p", {}, ["Drop the files of one delivery here, or a folder with them, or"]),
        make("p", { class: "actions" }, [picker("Choose files", {}), picker("Choose a folder", { webkitdirectory: true })]),
        make("p", { class: "quiet" }, [KINDS]),
      ]);
      zone.addEventListener("dragover", function (event) {
        event.preventDefault();
        zone.classList.add("is-over");
      });
      zone.addEventListener("dragleave", function () {
        zone.classList.remove("is-over");
      });
      zone.addEventListener("drop", function (event) {
        event.preventDefault();
        zone.classList.remove("is-over");
        dropped(event.dataTransfer).then(choose, function () {
          complain("What was dropped cannot be read. Choose the files instead.");
        });
      });
      return zone;
    }

    function chosenFiles() {
      if (!own.files.length) {
        return [];
      }
      var items = own.files.slice(0, LISTED_FILES).map(function (file) {
        return make("li", {}, [file.name + ", " + size(file.size)]);
      });
      if (own.files.length > LISTED_FILES) {
        items.push(make("li", {}, ["and " + number(own.files.length - LISTED_FILES) + " more"]));
      }
      var remove = button("Remove all", function () {
        choose([]);
      });
      return [make("ul", { class: "deliver-files", "aria-label": "Chosen files" }, items), make("p", { class: "actions" }, [remove])];
    }

    function typed(name, attributes) {
      var input = make("input", Object.assign({ class: "form-control" }, attributes));
      input.value = own[name];
      input.addEventListener("input", function () {
        own[name] = input.value;
      });
      return input;
    }

    function showChoice() {
      var fields = make("div", { class: "deliver-fields" }, [
        field("Cut date", typed("date", { type: "date" }), ISO + "Nothing dated later is stored. Empty: the latest date delivered."),
        field("Label", typed("label", { type: "text", maxlength: "80" }), "What readers will see; it can be changed before publishing."),
      ]);
      var start = button("Read the delivery", send, "primary");
      start.disabled = !own.files.length || problem(own.files) !== "";
      show("choice", [onTheWay, dropPlace()].concat(chosenFiles(), [fields, make("p", { class: "actions" }, [start])]));
      listOnTheWay();
    }

    /* ---- what was sent before ------------------------------------------------------------------------------------------- */

    var onTheWay = make("div", { class: "deliver-way" });
    var listed = "";

    function nameOf(job) {
      var others = job.files.length - 1;
      return job.files.length ? job.files[0].name + (others ? " and " + plural(others, "more file", "more files") : "") : "Files";
    }

    function way(job) {
      var open = button("Show", function () {
        remember(job.id);
        poll(job.id);
      });
      open.setAttribute("aria-label", "Show the delivery of " + nameOf(job));
      return make("li", {}, [make("span", {}, [make("strong", {}, [nameOf(job)]), ": " + job.sentence]), " ", open]);
    }

    function drawOnTheWay(jobs) {
      var now = JSON.stringify(jobs.map(function (job) {
        return [job.id, job.sentence];
      }));
      if (now === listed && onTheWay.childElementCount === (jobs.length ? 1 : 0)) {
        return;
      }
      var inside = onTheWay.contains(document.activeElement);
      var items = make("ul", { class: "deliver-sent", "aria-label": "Deliveries on their way" }, jobs.map(way));
      var hint = make("p", { class: "quiet" }, ["Kept here for a day; a draft stays under ", cutsLink(), " until somebody publishes or discards it."]);
      listed = now;
      onTheWay.replaceChildren.apply(onTheWay, jobs.length ? [part("Sent from this browser", [items, hint])] : []);
      if (inside) {
        (onTheWay.querySelector("button") || body).focus();
      }
    }

    /* Ask for each of them; those that are published, discarded or no longer known are forgotten. */
    function listOnTheWay() {
      var asked = ids().map(function (id) {
        return ask(base + "/" + id).then(function (got) {
          var over = got.status === 404 || got.answer.state === "published" || got.answer.state === "discarded";
          if (over) {
            forget(id);
          }
          return got.status === 200 && !over ? [got.answer] : [];
        });
      });
      Promise.all(asked).then(
        function (lists) {
          var jobs = [].concat.apply([], lists);
          drawOnTheWay(jobs);
          if (jobs.some(function (job) {
            return job.active;
          })) {
            listLater();
          }
        },
        listLater
      );
    }

    var waiting = null;

    function listLater() {
      window.clearTimeout(waiting);
      waiting = window.setTimeout(function () {
        if (shown === "choice" && !isGone()) {
          listOnTheWay();
        }
      }, PAUSE_OF_LIST);
    }

    /* Another tab has sent, published or discarded something. */
    function elsewhere(event) {
      var own = window.sessionStorage.getItem(memory);
      if (isGone()) {
        window.removeEventListener("storage", elsewhere);
      } else if (event.key === known && shown === "choice") {
        listOnTheWay();
      } else if (event.key === known && shown === "ready" && own && ids().indexOf(own) < 0) {
        poll(own);
      }
    }

    window.addEventListener("storage", elsewhere);

    /* ---- sending --------------------------------------------------------------------------------------------------------- */

    function bar(words) {
      var progress = make("progress", { class: "deliver-bar", "aria-label": words });
      var line = make("p", { class: "deliver-step" });
      return { progress: progress, line: line };
    }

    function send() {
      var form = new FormData();
      var request = new XMLHttpRequest();
      var drawn = bar("Files sent");
      form.append("cut_date", own.date);
      form.append("label", own.label);
      own.files.forEach(function (file) {
        form.append("file", file, file.name);
      });
      complain("");
      say("The files are being sent.");
      show("sending", [drawn.line, drawn.progress, make("p", { class: "actions" }, [button("Cancel", function () {
        request.abort();
      })])]);
      request.upload.addEventListener("progress", function (event) {
        drawn.progress.max = event.total;
        drawn.progress.value = event.loaded;
        drawn.line.textContent = "Sent " + size(event.loaded) + " of " + size(event.total);
      });
      request.addEventListener("load", function () {
        received(request);
      });
      request.addEventListener("error", function () {
        backToChoice(UNREACHABLE + "The files did not arrive; send them again when it answers.");
      });
      request.addEventListener("abort", function () {
        backToChoice("Sending was cancelled; the server keeps nothing of it.");
      });
      request.open("POST", base);
      request.send(form);
    }

    function received(request) {
      var answer = {};
      try {
        answer = JSON.parse(request.responseText);
      } catch (error) {
        answer = { error: "The server answered with status " + request.status + "." };
      }
      if (request.status === 202) {
        remember(answer.id);
        follow(answer);
      } else {
        backToChoice(answer.error);
      }
    }

    function backToChoice(words, more) {
      window.sessionStorage.removeItem(memory);
      say("");
      complain(words, more);
      showChoice();
    }

    /* ---- following ------------------------------------------------------------------------------------------------------- */

    var latest = "";

    function follow(job) {
      var now = JSON.stringify([job.state, job.step, job.done]);
      pause = now === latest ? Math.min(LONGEST_PAUSE / 2, pause * GROWTH) : FIRST_PAUSE;
      latest = now;
      complain("");
      if (job.active) {
        showReading(job);
        window.setTimeout(poll, pause, job.id);
      } else {
        showEnd(job);
      }
    }

    function poll(id) {
      if (isGone() || window.sessionStorage.getItem(memory) !== id) {
        return;
      }
      ask(base + "/" + id).then(
        function (got) {
          if (window.sessionStorage.getItem(memory) !== id) {
            return;
          }
          if (got.status === 200) {
            follow(got.answer);
          } else if (got.status === 404) {
            forget(id);
            backToChoice("This delivery is no longer followed: it was discarded, or it is older than a day. A draft that was left is under ", [
              cutsLink(),
              ".",
            ]);
          } else {
            askLater(id, got.answer.error + " ");
          }
        },
        function () {
          askLater(id, UNREACHABLE + "A reading that has begun goes on there. ");
        }
      );
    }

    function askLater(id, words) {
      pause = Math.min(LONGEST_PAUSE, pause * GROWTH);
      complain(words + "This page goes on asking.");
      window.setTimeout(poll, pause, id);
    }

    var reading = null;

    function showReading(job) {
      if (shown !== "reading") {
        reading = bar("Reading");
        var stop = button("Discard", function () {
          discard(job);
        });
        var leave = make("p", { class: "quiet" }, ["You may close the page: reading goes on, and this page finds it again for a day."]);
        show("reading", [reading.line, reading.progress, leave, make("p", { class: "actions" }, [stop])]);
      }
      say(job.sentence);
      var step = job.state === "reading" ? capital(job.step) : "";
      var count = job.total ? ", " + number(job.done) + " of " + number(job.total) : job.done ? ", " + number(job.done) : "";
      reading.line.textContent = step ? step + count : "Waiting";
      if (job.total) {
        reading.progress.max = job.total;
        reading.progress.value = job.done;
      } else {
        reading.progress.removeAttribute("value");
      }
    }

    function discard(job) {
      decide(base + "/" + job.id + "/discard", {}, function () {
        forget(job.id);
        backToChoice("");
        say("The delivery was discarded; nothing of it is kept.");
      });
    }

    /* What has ended was read; it need not be found again. */
    function another(words, job) {
      return button(words, function () {
        forget(job.id);
        backToChoice("");
      });
    }

    /* ---- how it ended -------------------------------------------------------------------------------------------------- */

    function showEnd(job) {
      var ends = { refused: showRefused, ready: showReady, published: showPublished };
      say(job.sentence);
      if (ends[job.state]) {
        ends[job.state](job);
        return;
      }
      var reference = job.reference ? [make("p", {}, ["Reference for the server's log: ", make("code", {}, [job.reference])])] : [];
      var again = own.files.length ? [button("Send the same files again", function () {
        forget(job.id);
        send();
      }, "primary")] : [];
      show(job.state, [part("Nothing was published", reference.concat([make("p", { class: "actions" }, again.concat([another("Choose files", job)]))]))]);
    }

    function isOfRow(refusal) {
      return refusal.row !== null && refusal.row > 0;
    }

    function fileOf(refusal) {
      return refusal.file === "delivery" ? "whole delivery" : refusal.file;
    }

    function rowOf(refusal) {
      return refusal.row === null ? "whole " + (refusal.file === "delivery" ? "delivery" : "file") : refusal.row ? number(refusal.row) : "header";
    }

    function orDash(text) {
      return text === null || text === "" ? "–" : text;
    }

    /* Columns that say something: reasons about the whole delivery have neither row nor column. */
    function reasons(refusals) {
      function some(name) {
        return refusals.some(function (refusal) {
          return refusal[name] !== null && refusal[name] !== "";
        });
      }
      var columns = [
        ["File", true, fileOf],
        ["Row", some("row"), rowOf],
        ["Column", some("column"), function (refusal) {
          return orDash(refusal.column);
        }],
        ["Value", some("value"), function (refusal) {
          return [make("span", { class: "deliver-value" }, [orDash(refusal.value)])];
        }],
        ["Rule", true, function (refusal) {
          return refusal.rule;
        }],
      ].filter(function (column) {
        return column[1];
      });
      var heads = columns.map(function (column) {
        return column[0];
      });
      var rows = refusals.map(function (refusal) {
        return columns.map(function (column) {
          return column[2](refusal);
        });
      });
      var words = heads.map(function (head, place) {
        return head === "Row" ? -1 : place;
      });
      return table("Reasons for refusing", heads, rows, words);
    }

    function showRefused(job) {
      var refusals = inOrder(job.refusals);
      if (!refusals.length) {
        show("refused", [make("p", { class: "actions" }, [another("Deliver something else", job)])]);
        return;
      }
      var text = refusalsAsCsv(refusals);
      var copy = button("Copy as CSV", function () {
        navigator.clipboard.writeText(text).then(
          function () {
            say("The reasons were copied.");
          },
          function () {
            say("The browser does not let this page copy; download the reasons instead.");
          }
        );
      });
      var download = button("Download as CSV", function () {
        save(text, "refusals-" + study + ".csv");
      });
      show("refused", [
        part("Refused for " + plural(refusals.length, "reason", "reasons"), [
          make("div", { class: "deliver-refusals" }, [reasons(refusals)]),
          make("p", { class: "quiet", hidden: !refusals.some(isOfRow) }, ["Row 1 is the first row below the header."]),
          make("p", { class: "actions" }, [download, copy, another("Deliver again", job)]),
        ]),
      ]);
    }

    function fact(term, value) {
      return [make("dt", {}, [term]), make("dd", {}, [value])];
    }

    function facts(job) {
      var cut = job.snapshot;
      var given = job.cut_date ? ", as given" : ", the latest date delivered";
      return make("dl", { class: "facts" }, [].concat(
        fact("Data cut", cut.cut_date + given),
        fact("Participants", number(cut.participants)),
        fact("Count records", number(cut.records)),
        fact("Data", cut.synthetic ? "SYNTHETIC" : "real"),
        fact("Name in the address", make("code", {}, [cut.cut]))
      ));
    }

    function renamed(job) {
      return job.files
        .filter(function (file) {
          return file.sent_as !== file.name;
        })
        .map(function (file) {
          return make("li", {}, ["“" + file.sent_as + "” is called “" + file.name + "” in this report."]);
        });
    }

    function readAgain(job, date) {
      if (!own.files.length) {
        complain("This page no longer holds the files. Discard the draft, then choose the files and the cut date again.");
        return;
      }
      decide(base + "/" + job.id + "/discard", {}, function () {
        forget(job.id);
        own.date = date;
        send();
      });
    }

    function showReady(job) {
      var label = make("input", { class: "form-control", type: "text", maxlength: "80", required: true });
      var date = make("input", { class: "form-control", type: "date" });
      label.value = job.snapshot.label || own.label;
      date.value = job.snapshot.cut_date;
      var publish = button("Publish", function () {
        if (!label.value.trim()) {
          complain("Give the data cut a label first; readers choose by it.");
          label.focus();
          return;
        }
        decide(base + "/" + job.id + "/publish", { label: label.value }, follow);
      }, "primary");
      var drop = button("Discard", function () {
        discard(job);
      });
      var leave = button("Leave it as a draft", function () {
        backToChoice("");
        say("The draft stays under Data cuts; readers do not see it.");
      });
      var again = button("Read again with this cut date", function () {
        readAgain(job, date.value);
      });
      show("ready", [part("Draft", [facts(job)])].concat(built.report(job.report, renamed(job)), [
        part("Publish", [
          make("div", { class: "deliver-fields" }, [
            field("Label", label, "What readers will see."),
            make("div", {}, [field("Cut date", date, ISO + "Another date means reading the files again."), make("p", { class: "actions" }, [again])]),
          ]),
          make("p", {}, ["A published data cut is never changed. It can be withdrawn, with a reason."]),
          make("p", {}, ["Without a decision the draft stays under ", cutsLink(), ", with its report; this page finds it again for a day."]),
          make("p", { class: "actions" }, [publish, drop, leave]),
        ]),
      ]));
    }

    function showPublished(job) {
      var cut = job.snapshot;
      var open = make("a", { href: "/" + encodeURIComponent(study) + "/overview?cut=" + cut.cut, class: "open-study" }, ["Open the data cut"]);
      forget(job.id);
      own.files = [];
      own.date = own.label = "";
      show("published", [
        part("Published: " + (cut.label || cut.cut), [make("p", {}, [open]), make("p", { class: "actions" }, [another("Deliver something else", job)])]),
      ]);
    }

    /* ---- beginning ------------------------------------------------------------------------------------------------------- */

    function open() {
      var id = window.sessionStorage.getItem(memory);
      ask(base).then(
        function (got) {
          if (got.status !== 200) {
            complain(got.answer.error);
            return;
          }
          limits = got.answer;
          complain("");
          if (id) {
            poll(id);
          } else {
            showChoice();
          }
        },
        function () {
          complain(UNREACHABLE + "Deliveries can be sent when it answers.");
          show("", [make("p", { class: "actions" }, [button("Try again", open)])]);
        }
      );
    }

    open();
  }

  /* ---- finding the place ------------------------------------------------------------------------------------------------- */

  function look() {
    document.querySelectorAll(".deliver[data-study]").forEach(function (place) {
      if (!place.lymphotraceDelivers) {
        place.lymphotraceDelivers = true;
        begin(place);
      }
    });
  }

  /* A file dropped beside the place would replace the page. */
  ["dragover", "drop"].forEach(function (kind) {
    document.addEventListener(kind, function (event) {
      if (document.querySelector(".deliver[data-study]") && !event.target.closest("input, textarea")) {
        event.preventDefault();
      }
    });
  });

  window.addEventListener("lymphotrace-drawn", look);
})();
