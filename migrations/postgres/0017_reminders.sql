CREATE TABLE "reminders" (
	"user_id" text collate "C" NOT NULL,
	"kind" text collate "C" NOT NULL,
	"at" text collate "C",
	"due_at" timestamp (3) with time zone,
	"done_for" text collate "C",
	"attempts" integer NOT NULL,
	"claim" text collate "C",
	CONSTRAINT "reminders_pk" PRIMARY KEY("user_id","kind")
);
--> statement-breakpoint
CREATE TABLE "push_subscriptions" (
	"user_id" text collate "C" NOT NULL,
	"id" text collate "C" NOT NULL,
	"endpoint" text collate "C" NOT NULL,
	"p256dh" text collate "C" NOT NULL,
	"auth" text collate "C" NOT NULL,
	"failures" integer NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "push_subscriptions_pk" PRIMARY KEY("user_id","id")
);
--> statement-breakpoint
CREATE TABLE "sealed_keys" (
	"name" text collate "C" PRIMARY KEY NOT NULL,
	"sealed" text collate "C" NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "reminders" ADD CONSTRAINT "reminders_user_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "push_subscriptions" ADD CONSTRAINT "push_subscriptions_user_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "reminders_by_due" ON "reminders" USING btree ("due_at");