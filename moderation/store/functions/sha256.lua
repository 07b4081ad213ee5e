-- SHA-256 (FIPS 180-4) with the server's `bit` and `struct` libraries. The server offers only SHA-1.
-- Its libraries are there when a function runs, not yet while this text is loaded.

local SHA256_ROUNDS = {
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
}
local SIXTEEN_WORDS = '>I4I4I4I4I4I4I4I4I4I4I4I4I4I4I4I4'

-- The 64 bytes of `message` at `position`, mixed into the eight words of `state`.
local function sha256_block(state, message, position)
  local band, bnot, bxor, ror, rshift, tobit =
    bit.band, bit.bnot, bit.bxor, bit.ror, bit.rshift, bit.tobit
  local words = { struct.unpack(SIXTEEN_WORDS, message, position) }
  for t = 17, 64 do
    local x, y = words[t - 15], words[t - 2]
    words[t] = words[t - 16] + words[t - 7]
      + bxor(ror(x, 7), ror(x, 18), rshift(x, 3))
      + bxor(ror(y, 17), ror(y, 19), rshift(y, 10))
    words[t] = tobit(words[t])
  end
  local a, b, c, d, e, f, g, h = unpack(state)
  for t = 1, 64 do
    -- Sums of a few 32-bit numbers are exact in a double; `tobit` takes them modulo 2^32.
    local first = h + bxor(ror(e, 6), ror(e, 11), ror(e, 25))
      + bxor(band(e, f), band(bnot(e), g)) + SHA256_ROUNDS[t] + words[t]
    local second = bxor(ror(a, 2), ror(a, 13), ror(a, 22))
      + bxor(band(a, b), band(a, c), band(b, c))
    h, g, f, e, d, c, b, a = g, f, e, tobit(d + first), c, b, a, tobit(first + second)
  end
  state[1], state[2] = tobit(state[1] + a), tobit(state[2] + b)
  state[3], state[4] = tobit(state[3] + c), tobit(state[4] + d)
  state[5], state[6] = tobit(state[5] + e), tobit(state[6] + f)
  state[7], state[8] = tobit(state[7] + g), tobit(state[8] + h)
end

-- The SHA-256 of a string of bytes, as 64 lower-case hexadecimal digits.
local function sha256(message)
  local length = #message
  local padded = message .. '\128' .. string.rep('\0', (55 - length) % 64)
    .. struct.pack('>I4I4', math.floor(length / 0x20000000), (length * 8) % 0x100000000)
  local state = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
  }
  for position = 1, #padded, 64 do
    sha256_block(state, padded, position)
  end
  for word = 1, 8 do
    state[word] = bit.tohex(state[word])
  end
  return table.concat(state)
end
