// With which characters between two words a text has not the form of a pattern, as ECMA-262 reads it: their code points.
const [form, before, after] = process.argv.slice(2)
const pattern = new RegExp(form, 'u')
const refused = []
for (let code = 0; code <= 0x10ffff; code += code === 0xd7ff ? 0x801 : 1)
  if (!pattern.test(before + String.fromCodePoint(code) + after)) refused.push(code)
console.log(JSON.stringify(refused))
