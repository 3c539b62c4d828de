// Package promises holds no code of the program: its tests hold the whole of it, over a real Postgres, to what it promises to the
// people who use it.
//
// A test is named after its promise (I1 accepted or told, I2 one decision, I3 authority at commit, I4 what you saw is what you signed,
// I5 audit = state, I6 effects once, I7 Redis is expendable, I8 conservation, I11 no secret leaves, I12 inert text), and every test
// ends by checking that the audit, the ledger and the stored state of all its requests agree.
package promises
