/* What a saved figure carries inside: address, data cut and selection in words, n, date and fingerprint, as metadata of PNG and SVG. */
(function () {
  "use strict";
  var KEYS = { Title: "title", Description: "selection", Source: "address", Comment: "comment", Software: "software" };
  var SIGNATURE_LENGTH = 8;

  function metadata(facts) {
    var comment = facts.study + ". View " + facts.fingerprint + ". Saved " + facts.date + ".";
    return Object.assign({ comment: comment, software: "Lymphotrace" }, facts);
  }

  function makeTable() {
    var table = new Uint32Array(256);
    for (var byte = 0; byte < 256; byte += 1) {
      var value = byte;
      for (var bit = 0; bit < 8; bit += 1) {
        value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
      }
      table[byte] = value >>> 0;
    }
    return table;
  }

  function checksum(bytes) {
    var table = makeTable();
    var value = 0xffffffff;
    bytes.forEach(function (byte) {
      value = table[(value ^ byte) & 255] ^ (value >>> 8);
    });
    return (value ^ 0xffffffff) >>> 0;
  }

  function wholeNumber(value) {
    return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
  }

  /* iTXt: keyword, no compression, no language, no other keyword, and the text as UTF-8. */
  function chunk(keyword, text) {
    var utf8 = new TextEncoder();
    var body = [].concat(Array.from(utf8.encode("iTXt" + keyword)), [0, 0, 0, 0, 0], Array.from(utf8.encode(text)));
    return [].concat(wholeNumber(body.length - 4), body, wholeNumber(checksum(body)));
  }

  /* The texts follow the head of the image, which is the first chunk: its length, its name, its bytes, its checksum. */
  function stampPng(url, facts) {
    var bytes = Uint8Array.from(window.atob(url.slice(url.indexOf(",") + 1)), function (letter) {
      return letter.charCodeAt(0);
    });
    var end = SIGNATURE_LENGTH + 12 + new DataView(bytes.buffer).getUint32(SIGNATURE_LENGTH);
    var about = metadata(facts);
    var texts = Object.keys(KEYS).reduce(function (all, keyword) {
      return all.concat(chunk(keyword, about[KEYS[keyword]]));
    }, []);
    return URL.createObjectURL(new Blob([bytes.slice(0, end), new Uint8Array(texts), bytes.slice(end)], { type: "image/png" }));
  }

  function escapeText(text) {
    return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  }

  function element(name, text) {
    return "<dc:" + name + ">" + escapeText(text) + "</dc:" + name + ">";
  }

  function stampSvg(url, facts) {
    var text = decodeURIComponent(url.slice(url.indexOf(",") + 1));
    var about = metadata(facts);
    var words =
      '<metadata><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/"><rdf:Description>' +
      element("title", about.title) +
      element("description", about.selection + " " + about.comment) +
      element("source", about.address) +
      element("identifier", about.fingerprint) +
      element("date", about.date) +
      "</rdf:Description></rdf:RDF></metadata>";
    var end = text.indexOf(">", text.indexOf("<svg")) + 1;
    return URL.createObjectURL(new Blob([text.slice(0, end), words, text.slice(end)], { type: "image/svg+xml" }));
  }

  window.lymphotraceStamps = { png: stampPng, svg: stampSvg };
})();
