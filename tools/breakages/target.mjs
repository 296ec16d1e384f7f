// §4.1 path and §4.2 query: one spelling for each target.
const uri = 'protocol/src/canonical-uri.ts'
const query = 'protocol/src/canonical-query.ts'
const target = 'protocol/src/request-target.ts'

export const TARGET_BREAKAGES = [
  {
    rule: '4.1 only the origin form is a target',
    file: target,
    find: 'if (target.charCodeAt(0) !== 0x2f) {',
    replace: 'if (target === "*") {',
  },
  {
    rule: '4.1 a fragment is refused',
    file: target,
    find: "if (target.includes('#'))",
    replace: "if (target.endsWith('#'))",
  },
  {
    rule: '4.1 a lone "?" is refused',
    file: target,
    find: 'if (mark === target.length - 1)',
    replace: 'if (mark === 0)',
  },
  {
    rule: '4.1 path: plain characters only',
    file: uri,
    find: '(?:\\/|$))[A-Za-z0-9._~-]+)*\\/?$/',
    replace: '(?:\\/|$))[A-Za-z0-9._~%-]+)*\\/?$/',
  },
  {
    rule: '4.1 path: no sub-delimiters',
    file: uri,
    find: '(?:\\/|$))[A-Za-z0-9._~-]+)*\\/?$/',
    replace: "(?:\\/|$))[A-Za-z0-9._~:@!$&'()*+,;=-]+)*\\/?$/",
  },
  {
    rule: '4.1 path: no empty segment',
    file: uri,
    find: '(?:\\/|$))[A-Za-z0-9._~-]+)*\\/?$/',
    replace: '(?:\\/|$))[A-Za-z0-9._~-]*)*\\/?$/',
  },
  {
    rule: '4.1 path: no dot segments',
    file: uri,
    find: 'const PLAIN_PATH = /^(?:\\/(?!\\.\\.?(?:\\/|$))',
    replace: 'const PLAIN_PATH = /^(?:\\/(?!\\.\\.(?:\\/|$))',
  },
  {
    rule: '4.1 path: no double-dot segments',
    file: uri,
    find: 'const PLAIN_PATH = /^(?:\\/(?!\\.\\.?(?:\\/|$))',
    replace: 'const PLAIN_PATH = /^(?:\\/(?!\\.(?:\\/|$))',
  },
  {
    rule: '4.1 a "/" at the end is significant',
    file: uri,
    find: "if (path !== '' && PLAIN_PATH.test(path)) return path",
    replace: "if (path !== '' && PLAIN_PATH.test(path)) return path.replace(/(.)\\/$/, '$1')",
  },
  {
    rule: '4.1 the canonical URI is the path as sent: case',
    file: uri,
    find: "if (path !== '' && PLAIN_PATH.test(path)) return path",
    replace: "if (path !== '' && PLAIN_PATH.test(path)) return path.toLowerCase()",
  },
  {
    rule: '4.1 escapes are accepted only where configured',
    file: uri,
    find: 'if (options.escapedPaths !== true) throw',
    replace: 'if (options.escapedPaths === false) throw',
  },
  {
    rule: '4.1 escapedPaths: encoded once more, "%" included',
    file: uri,
    find: 'path.replace(/[^A-Za-z0-9._~/-]/g, char =>',
    replace: 'path.replace(/[^A-Za-z0-9._~/%-]/g, char =>',
  },
  {
    rule: '4.1 escapedPaths: sub-delimiters are encoded, too',
    file: uri,
    find: 'path.replace(/[^A-Za-z0-9._~/-]/g, char =>',
    replace: "path.replace(/[^A-Za-z0-9._~/!'()*-]/g, char =>",
  },
  {
    rule: '4.1 escapedPaths: upper-case hex',
    file: uri,
    find: '/^%[0-9A-F]{2}$/.test(triplet)',
    replace: '/^%[0-9A-F]{2}$/i.test(triplet)',
  },
  {
    rule: '4.1 escapedPaths: no encoded "/"',
    file: uri,
    find: "triplet === '%2F' || ",
    replace: '',
  },
  { rule: '4.1 escapedPaths: no encoded "\\"', file: uri, find: "triplet === '%5C' || ", replace: '' },
  { rule: '4.1 escapedPaths: no encoded NUL', file: uri, find: " || triplet === '%00'", replace: '' },
  {
    rule: '4.1 escapedPaths: no escaped dot segments',
    file: uri,
    find: '/^(?:\\.|%2[eE]){1,2}$/',
    replace: '/^\\.{1,2}$/',
  },
  {
    rule: '4.1 escapedPaths: half-escaped dot segments',
    file: uri,
    find: '/^(?:\\.|%2[eE]){1,2}$/',
    replace: '/^(?:\\.{1,2}|(?:%2[eE]){1,2})$/',
  },
  {
    rule: '4.2 a pair has exactly one "="',
    file: query,
    find: '=((?:[A-Za-z0-9._~-]|%[0-9A-F]{2})*)$/',
    replace: '=((?:[A-Za-z0-9._~=-]|%[0-9A-F]{2})*)$/',
  },
  {
    rule: '4.2 a pair has a "="',
    file: query,
    find: '=((?:[A-Za-z0-9._~-]|%[0-9A-F]{2})*)$/',
    replace: '=?((?:[A-Za-z0-9._~-]|%[0-9A-F]{2})*)$/',
  },
  {
    rule: '4.2 a name is not empty',
    file: query,
    find: '/^((?:[A-Za-z0-9._~-]|%[0-9A-F]{2})+)=',
    replace: '/^((?:[A-Za-z0-9._~-]|%[0-9A-F]{2})*)=',
  },
  {
    rule: '4.2 a value may be empty',
    file: query,
    find: '=((?:[A-Za-z0-9._~-]|%[0-9A-F]{2})*)$/',
    replace: '=((?:[A-Za-z0-9._~-]|%[0-9A-F]{2})+)$/',
  },
  {
    rule: '4.2 no "+" for a space',
    file: query,
    find: '=((?:[A-Za-z0-9._~-]|%[0-9A-F]{2})*)$/',
    replace: '=((?:[A-Za-z0-9._~+-]|%[0-9A-F]{2})*)$/',
  },
  {
    rule: '4.2 escapes are upper-case',
    file: query,
    find: '=((?:[A-Za-z0-9._~-]|%[0-9A-F]{2})*)$/',
    replace: '=((?:[A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})*)$/',
  },
  {
    rule: '4.2 everything but unreserved bytes is escaped',
    file: query,
    find: '=((?:[A-Za-z0-9._~-]|%[0-9A-F]{2})*)$/',
    replace: "=((?:[A-Za-z0-9._~!'()*-]|%[0-9A-F]{2})*)$/",
  },
  {
    rule: '4.2 nothing unreserved is escaped',
    file: query,
    find: "if (pair.includes('%')) assertMinimalEscapes(pair)",
    replace: "if (name.includes('%')) assertMinimalEscapes(name)",
  },
  {
    rule: '4.2 names ascend',
    file: query,
    find: 'if (previous < name) return',
    replace: 'if (previous !== name) return',
  },
  {
    rule: '4.2 no name twice',
    file: query,
    find: 'if (previous < name) return',
    replace: 'if (previous <= name) return',
  },
  {
    rule: '4.2 names are compared as bytes on the wire',
    file: query,
    find: 'if (previous < name) return',
    replace: 'if (previous.toLowerCase() < name.toLowerCase()) return',
  },
  {
    rule: '4.2 a name that is the start of another comes first',
    file: query,
    find: 'if (previous !== undefined) assertAscending(previous, name)',
    replace: "if (previous !== undefined) assertAscending(previous + '=', name + '=')",
  },
  {
    rule: '4.2 the canonical query is the query as sent',
    file: query,
    find: '    previous = name\n  }\n  return query',
    replace: "    previous = name\n  }\n  return query.replaceAll('%20', '+')",
  },
]
