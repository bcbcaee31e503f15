import 'reflect-metadata'
import { NestFactory } from '@nestjs/core'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { createAppModule } from './app.module.js'

async function start() {
  const app =
    process.env.PLATFORM === 'fastify'
      ? await NestFactory.create(createAppModule('fastify'), new FastifyAdapter())
      : await NestFactory.create(createAppModule('express'))
  app.enableShutdownHooks() // closes the sessions, too
  await app.listen(process.env.PORT ?? 3000, '127.0.0.1')
  console.log(await app.getUrl())
}

void start()
