/* A file that was saved here and is dropped on a page opens its view again. The file is read in the browser and sent nowhere, and only
   an address of a page of this server is followed. */
(function () {
  "use strict";
  var LARGEST = 50 * 1024 * 1024;
  var PAGES =
    "overview|trajectories|thresholds|participants(?:/[^/?#]+)?|safety|exploratory|interim|data(?:/[a-z]+)?|behind/[^?#]+|response|survival";
  var OWN_PATH = new RegExp("^/[a-z0-9][a-z0-9_-]*/(?:" + PAGES + ")$");
  var OWN_QUERY = /^\?(?:[^#]*&)?cut=[0-9a-f]{10}(?:&|$)/;
  var NO_VIEW = "“{}” does not say which view it shows. Figures and workbooks that were saved on these pages do.";

  function say(words) {
    var make = window.lymphotraceBuild.make;
    var shown = document.querySelector(".drop-word");
    var close = make("button", { type: "button", class: "action" }, ["Close"]);
    var place = make("div", { class: "drop-word", role: "alert" }, [make("span", {}, [words]), close]);
    close.addEventListener("click", function () {
      place.remove();
    });
    if (shown) {
      shown.remove();
    }
    document.body.append(place);
  }

  /* For signatures and addresses, which are ASCII. */
  function latin(bytes) {
    return new TextDecoder("latin1").decode(bytes);
  }

  function utf8(bytes) {
    return new TextDecoder().decode(bytes);
  }

  /* PNG: chunks of length, name, bytes and checksum. The address stands under the keyword “Source”. */
  function readPng(bytes) {
    var view = new DataView(bytes.buffer);
    var place = 8;
    while (place + 12 <= bytes.length) {
      var length = view.getUint32(place);
      var body = bytes.subarray(place + 8, place + 8 + length);
      if (latin(bytes.subarray(place + 4, place + 8)) === "iTXt" && latin(body.subarray(0, 7)) === "Source\0") {
        return utf8(body.subarray(11));
      }
      place += 12 + length;
    }
    return "";
  }

  /* The words of one element of Dublin Core. The text is not made into a document: it may hold anything. */
  function readElement(text, name) {
    var found = new RegExp("<dc:" + name + "(?:\\s[^>]*)?>([^<]*)</dc:" + name + ">").exec(text);
    return found ? readEntities(found[1]) : "";
  }

  function readEntities(text) {
    return text.replace(/&(lt|gt|quot|apos|amp);/g, function (_all, name) {
      return { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" }[name];
    });
  }

  /* A zip ends with a directory of its entries; the workbook's properties are one of them. */
  function findEntry(bytes, name) {
    var view = new DataView(bytes.buffer);
    var end = bytes.length - 22;
    while (end >= 0 && view.getUint32(end, true) !== 0x06054b50) {
      end -= 1;
    }
    var place = end < 0 ? bytes.length : view.getUint32(end + 16, true);
    while (place + 46 <= bytes.length && view.getUint32(place, true) === 0x02014b50) {
      var lengths = [28, 30, 32].map(function (offset) {
        return view.getUint16(place + offset, true);
      });
      if (utf8(bytes.subarray(place + 46, place + 46 + lengths[0])) === name) {
        var local = view.getUint32(place + 42, true);
        var start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
        var content = bytes.slice(start, start + view.getUint32(place + 20, true));
        return { content: content, deflated: view.getUint16(place + 10, true) === 8 };
      }
      place += 46 + lengths[0] + lengths[1] + lengths[2];
    }
    return null;
  }

  function readWorkbook(bytes) {
    var entry = findEntry(bytes, "docProps/core.xml");
    if (!entry) {
      return "";
    }
    var text = entry.deflated
      ? new Response(new Blob([entry.content]).stream().pipeThrough(new DecompressionStream("deflate-raw"))).text()
      : Promise.resolve(utf8(entry.content));
    return text.then(function (xml) {
      return readElement(xml, "description");
    });
  }

  /* Any other file: the first text in it that names a data cut in an address. */
  function readOther(bytes) {
    var found = /https?:\/\/[^\s"'<>()\\]+\?[^\s"'<>()\\]*\bcut=[0-9a-f]{10}[^\s"'<>()\\]*/.exec(latin(bytes));
    return found ? readEntities(found[0]) : "";
  }

  function readAddress(bytes) {
    var start = latin(bytes.subarray(0, 4096));
    if (bytes[0] === 0x89 && start.indexOf("PNG\r\n\x1a\n") === 1) {
      return readPng(bytes);
    }
    if (start.indexOf("PK\x03\x04") === 0) {
      return readWorkbook(bytes);
    }
    if (/^\s*(<\?xml[^>]*>\s*)?<svg[\s>]/.test(start)) {
      return readElement(utf8(bytes), "source");
    }
    return readOther(bytes);
  }

  /* Never another server, never an address that is no page of a study: a file can say anything. */
  function follow(text, name) {
    var address;
    try {
      address = new URL(text.trim());
    } catch (error) {
      say(NO_VIEW.replace("{}", name));
      return;
    }
    if (address.host !== window.location.host) {
      say("“" + name + "” was saved from another server (" + address.host + "). Only files that were saved from this one are opened.");
    } else if (!OWN_PATH.test(address.pathname) || !OWN_QUERY.test(address.search)) {
      say("“" + name + "” names an address that is no page of a study.");
    } else {
      window.location.assign(address.pathname + address.search);
    }
  }

  function open(file) {
    if (file.size > LARGEST) {
      say("“" + file.name + "” is too large to be looked into: more than 50 MB.");
      return;
    }
    file
      .arrayBuffer()
      .then(function (buffer) {
        return readAddress(new Uint8Array(buffer));
      })
      .then(
        function (text) {
          follow(text, file.name);
        },
        function () {
          say("“" + file.name + "” cannot be read; it may be damaged.");
        }
      );
  }

  /* Where a delivery is dropped, files are a delivery. */
  function isOurs(event) {
    var types = event.dataTransfer ? Array.from(event.dataTransfer.types) : [];
    var target = event.target.closest ? event.target : event.target.parentElement;
    return types.indexOf("Files") >= 0 && !target.closest("input, textarea, .deliver");
  }

  document.addEventListener("dragover", function (event) {
    if (isOurs(event)) {
      event.preventDefault();
    }
  });
  document.addEventListener("drop", function (event) {
    if (!isOurs(event)) {
      return;
    }
    event.preventDefault();
    if (event.dataTransfer.files.length !== 1) {
      say("Drop one file at a time.");
      return;
    }
    open(event.dataTransfer.files[0]);
  });
})();
