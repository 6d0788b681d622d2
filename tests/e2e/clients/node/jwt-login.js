'use strict';
const { platformFor, tour } = require('./tour');

tour(platformFor(), { jwt: process.env.RC_JWT });
