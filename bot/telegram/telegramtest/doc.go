// Package telegramtest is Telegram for tests: a Bot API server, the phones of its users, and long polling and webhooks between it and a
// bot.
//
// It refuses what the Bot API refuses, in its words, so that what passes here has a chance there. Each rule names its source:
//
//	[api]     core.telegram.org/bots/api, the section of the method or type
//	[srv]     github.com/tdlib/telegram-bot-api at 01a3679 (Bot API 10.0), telegram-bot-api/Client.cpp and WebhookActor.cpp
//	[td]      github.com/tdlib/td, td/telegram: parse_html in MessageEntity.cpp, BotCommand.cpp, ReplyMarkup.cpp, MessageContent.cpp
//	[faq]     core.telegram.org/bots/faq, "My bot is hitting limits"
//	[reports] what bots' authors saw: tdlib/telegram-bot-api#699 (presses sent again), nutgram/nutgram#725 (answers that came too late)
//
// It has what a bot in private chats needs: text messages, keyboards of callback buttons, presses, commands, photos and documents, and
// groups only as far as to show that decisions do not happen in them. Inline mode, MarkdownV2, payments and the rest are unknown methods or
// unsupported parse modes here: teach methods.go first. A method that is added is a line in methods and its function.
package telegramtest
