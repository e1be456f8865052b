// Which characters a pattern finds nothing in, as ECMA-262 reads it: their code points.
const pattern = new RegExp(process.argv[2], 'u')
const blank = []
for (let code = 0; code <= 0x10ffff; code += code === 0xd7ff ? 0x801 : 1)
  if (!pattern.test(String.fromCodePoint(code))) blank.push(code)
console.log(JSON.stringify(blank))
